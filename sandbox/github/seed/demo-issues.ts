/** The demo repository's issues: six ready for an agent, with every way of writing a priority, and two that are not. */
import type { Association } from '../state/model.ts'

export interface DemoIssue {
  readonly title: string
  readonly body: string
  readonly labels: readonly string[]
  readonly author: string
  readonly association: Association
}

export const DEMO_ISSUES: readonly DemoIssue[] = [
  {
    title: 'Search is case-sensitive',
    body: 'Searching for `mug` finds our *Enamel mug*; `MUG` and `crew t-shirt` find nothing.\n\n**Expected**: upper and lower case make no difference, and spaces around the words are ignored.\n\nFiles: src/catalogue.ts, test/catalogue.test.ts',
    labels: ['bug', 'ai-ready', 'priority:high'],
    author: 'mara-lindqvist',
    association: 'MEMBER',
  },
  {
    title: 'Adding a product twice makes two lines',
    body: 'Steps:\n1. `add([], "mug-01")`\n2. add it again\n\nThe cart shows two lines of one mug. It should show one line of two.\n\nFiles: src/cart.ts, test/cart.test.ts',
    labels: ['bug', 'ai-ready', 'priority:critical'],
    author: 'tomasz-w',
    association: 'COLLABORATOR',
  },
  {
    title: 'Show thousands separators in prices',
    body: '`format(1234567)` gives `12345.67 EUR`; readers of our price list would like `12,345.67 EUR`.\n\nFiles: src/money.ts, test/money.test.ts',
    labels: ['enhancement', 'ai-ready', 'priority: low'],
    author: 'mara-lindqvist',
    association: 'MEMBER',
  },
  {
    title: 'Refuse to add more than we have in stock',
    body: 'A customer ordered 400 T-shirts; we have 3. `add` should throw a `RangeError` that names the product and what is left.\n\nDepends on: #2\nFiles: src/cart.ts, test/cart.test.ts',
    labels: ['enhancement', 'ai-ready', 'priority: medium'],
    author: 'tomasz-w',
    association: 'COLLABORATOR',
  },
  {
    title: 'Discount codes should not care about case',
    body: 'People type `ahoy10`. Accept it, and ignore spaces around it.\n\nFiles: src/discounts.ts, test/discounts.test.ts',
    labels: ['enhancement', 'ai-ready'],
    author: 'iris-okafor',
    association: 'MEMBER',
  },
  {
    title: 'Write down how prices are rounded',
    body: 'Support keeps asking why 10 % of 14.55 is 1.45. Add a section *Rounding* to the README, with one worked example.\n\nFiles: README.md',
    labels: ['documentation', 'ai-ready', 'priority:low'],
    author: 'iris-okafor',
    association: 'MEMBER',
  },
  {
    title: 'Which payment provider do we take?',
    body: 'Collecting opinions before anyone writes code. Fees, payout delay, and whether their sandbox is any good.',
    labels: ['question', 'needs-clarification'],
    author: 'tomasz-w',
    association: 'COLLABORATOR',
  },
  {
    title: 'The shop could have a dark theme',
    body: 'Nice to have, some day.',
    labels: [],
    author: 'passer-by-77',
    association: 'NONE',
  },
]
