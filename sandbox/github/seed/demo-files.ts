/** The demo repository: a small shop without dependencies whose tests run with Node alone. */

export const DEMO_REPOSITORY = 'coxswain-demo/storefront'
export const DEMO_DESCRIPTION = 'A small web shop to try things on'

const README = `# Storefront

A small web shop: a catalogue, a cart and prices.

    npm test    # Node 24, nothing to install

| file | what it does |
|---|---|
| \`src/catalogue.ts\` | the products, and searching them |
| \`src/cart.ts\` | adding, removing, totals |
| \`src/money.ts\` | amounts in cents, and how they are shown |
| \`src/discounts.ts\` | discount codes |
`

const PACKAGE = `{
  "name": "storefront",
  "version": "0.3.0",
  "private": true,
  "type": "module",
  "scripts": { "test": "node --test" }
}
`

const MONEY = `/** Amounts are whole cents; floating point never touches money. */
export type Cents = number

export function format(amount: Cents, currency = 'EUR'): string {
  return (amount / 100).toFixed(2) + ' ' + currency
}

export function percent(amount: Cents, rate: number): Cents {
  return Math.floor((amount * rate) / 100)
}
`

const CATALOGUE = `import type { Cents } from './money.ts'

export interface Product {
  readonly sku: string
  readonly name: string
  readonly price: Cents
  readonly stock: number
}

export const products: readonly Product[] = [
  { sku: 'mug-01', name: 'Enamel mug', price: 1450, stock: 12 },
  { sku: 'tee-01', name: 'Crew T-shirt', price: 2400, stock: 3 },
  { sku: 'rope-10', name: 'Dock line, 10 m', price: 3190, stock: 0 },
]

export function search(words: string): readonly Product[] {
  return products.filter((product) => product.name.includes(words))
}

export function bySku(sku: string): Product | undefined {
  return products.find((product) => product.sku === sku)
}
`

const CART = `import { bySku } from './catalogue.ts'
import type { Cents } from './money.ts'

export interface Line {
  readonly sku: string
  readonly quantity: number
}

export type Cart = readonly Line[]

export function add(cart: Cart, sku: string, quantity = 1): Cart {
  return [...cart, { sku, quantity }]
}

export function remove(cart: Cart, sku: string): Cart {
  return cart.filter((line) => line.sku !== sku)
}

export function total(cart: Cart): Cents {
  return cart.reduce((sum, line) => sum + (bySku(line.sku)?.price ?? 0) * line.quantity, 0)
}
`

const DISCOUNTS = `import { type Cents, percent } from './money.ts'

const codes: Readonly<Record<string, number>> = { AHOY10: 10, CREW25: 25 }

export function discounted(amount: Cents, code: string): Cents {
  return amount - percent(amount, codes[code] ?? 0)
}
`

const CART_TEST = `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { add, remove, total } from '../src/cart.ts'

test('a cart adds up its lines', () => {
  assert.equal(total(add(add([], 'mug-01', 2), 'tee-01')), 5300)
})

test('a removed product costs nothing', () => {
  assert.equal(total(remove(add([], 'mug-01'), 'mug-01')), 0)
})
`

const DISCOUNTS_TEST = `import assert from 'node:assert/strict'
import { test } from 'node:test'
import { discounted } from '../src/discounts.ts'

test('a known code takes its share off', () => {
  assert.equal(discounted(5300, 'AHOY10'), 4770)
})

test('an unknown code changes nothing', () => {
  assert.equal(discounted(5300, 'NOPE'), 5300)
})
`

export const DEMO_FILES: Readonly<Record<string, string>> = {
  'README.md': README,
  'package.json': PACKAGE,
  'src/money.ts': MONEY,
  'src/catalogue.ts': CATALOGUE,
  'src/cart.ts': CART,
  'src/discounts.ts': DISCOUNTS,
  'test/cart.test.ts': CART_TEST,
  'test/discounts.test.ts': DISCOUNTS_TEST,
}
