/** The issues of the demo: a shop for boats with chains of dependencies, a fan-in, and files that several want. */
import { type Chore, type Mishaps, type Scenario, scenarioOf } from './scenario.ts'

const CHORES: readonly Chore[] = [
  { title: 'Round prices half up', writes: ['round', 'src/money.ts'], priority: 'high' },
  { title: 'Show thousands separators', writes: ['format', 'src/money.ts'], priority: 'medium' },
  { title: 'Read prices as people type them', writes: ['parse', 'src/money.ts'], priority: 'low', after: ['round'] },
  { title: 'Search regardless of case', writes: ['search', 'src/catalogue/search.ts'], priority: 'critical' },
  {
    title: 'Suggest what was probably meant',
    writes: ['suggest', 'src/catalogue/search.ts'],
    priority: 'medium',
    after: ['search'],
  },
  { title: 'Find a product by its number', writes: ['bySku', 'src/catalogue/products.ts'], priority: 'high' },
  { title: 'Tell what is in stock', writes: ['inStock', 'src/stock/levels.ts'], priority: 'high', after: ['bySku'] },
  {
    title: 'Reserve stock for a cart',
    writes: ['reserve', 'src/stock/reserve.ts'],
    priority: 'high',
    after: ['inStock'],
  },
  {
    title: 'Give back what was reserved',
    writes: ['giveBack', 'src/stock/reserve.ts'],
    priority: 'medium',
    after: ['reserve'],
  },
  { title: 'Add to the cart', writes: ['add', 'src/cart/lines.ts'], priority: 'critical' },
  { title: 'Remove from the cart', writes: ['remove', 'src/cart/lines.ts'], priority: 'high' },
  { title: 'Total of a cart', writes: ['total', 'src/cart/totals.ts'], priority: 'high', after: ['round', 'add'] },
  {
    title: 'Discount codes',
    writes: ['discounted', 'src/cart/discounts.ts'],
    priority: 'medium',
    after: ['total'],
  },
  {
    title: 'Place an order',
    writes: ['place', 'src/orders/place.ts'],
    priority: 'critical',
    after: ['reserve', 'total', 'discounted'],
  },
  {
    title: 'Show how an order stands',
    writes: ['standing', 'src/orders/standing.ts'],
    priority: 'medium',
    after: ['place'],
  },
  { title: 'Refund an order', writes: ['refund', 'src/orders/refund.ts'], priority: 'low', after: ['place'] },
  { title: 'Price of shipping', writes: ['rate', 'src/shipping/rates.ts'], priority: 'high', takes: 3 },
  { title: 'Shipping zones', writes: ['zone', 'src/shipping/rates.ts'], priority: 'medium' },
  {
    title: 'Print shipping labels',
    writes: ['label', 'src/shipping/labels.ts'],
    priority: 'medium',
    files: ['src/shipping/**'],
    after: ['rate'],
  },
  { title: 'One frame for all letters', writes: ['letter', 'src/mail/letters.ts'], priority: 'low' },
  {
    title: 'Confirm an order by mail',
    writes: ['confirm', 'src/mail/letters.ts'],
    priority: 'medium',
    after: ['place'],
  },
  { title: 'Tell that a parcel left', writes: ['shipped', 'src/mail/letters.ts'], priority: 'low', after: ['label'] },
  { title: 'Report of the day', writes: ['daily', 'src/reports/daily.ts'], priority: 'low', after: ['place'] },
  { title: 'What sells best', writes: ['bestsellers', 'src/reports/daily.ts'], priority: 'low' },
  {
    title: 'The same errors in all of the cart',
    writes: ['cartError', 'src/cart/errors.ts'],
    priority: 'medium',
    files: ['src/cart/**'],
  },
  { title: 'Sign in', writes: ['signIn', 'src/accounts/login.ts'], priority: 'critical' },
  { title: 'Reset a password', writes: ['reset', 'src/accounts/login.ts'], priority: 'high', after: ['signIn'] },
  { title: 'Take your data with you', writes: ['takeAway', 'src/accounts/data.ts'], priority: 'low' },
  {
    title: 'An example of every rounding',
    writes: ['examples', 'src/docs/rounding.ts'],
    priority: 'low',
    after: ['round'],
  },
  {
    title: 'Open the shop',
    writes: ['open', 'src/shop.ts'],
    priority: 'high',
    after: ['place', 'standing', 'confirm', 'reset'],
  },
]

const MISHAPS: Mishaps = {
  killAt: 'rate',
  sendBack: { name: 'total', feedback: 'An empty cart costs nothing: please say so, and why.' },
}

/** Everything the demo shows: 30 issues. */
export const FULL: Scenario = scenarioOf(CHORES, MISHAPS)

/** The same in little: a chain, a shared file, the kill and the rework. */
const FEW: readonly string[] = ['round', 'format', 'add', 'total', 'rate', 'zone']

export const SMALL: Scenario = scenarioOf(
  CHORES.filter(({ writes: [name] }) => FEW.includes(name)),
  MISHAPS,
)
