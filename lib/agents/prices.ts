/** What models cost, by name, and what follows for a call. Reviewed by hand; configuration overrides it. */
import type { Tokens } from '#lib/councils/model'

/** US dollars per million tokens. */
export interface Price {
  readonly input: number
  readonly output: number
}

export type Prices = Readonly<Record<string, Price>>

/** List prices without discounts for caching or batches, as published by the vendors. */
const LISTED: Prices = {
  'claude-opus-4-6': { input: 5, output: 25 },
  'claude-opus-4-5': { input: 5, output: 25 },
  'claude-opus-4-1': { input: 15, output: 75 },
  'claude-opus-4': { input: 15, output: 75 },
  'claude-sonnet-4-6': { input: 3, output: 15 },
  'claude-sonnet-4-5': { input: 3, output: 15 },
  'claude-sonnet-4': { input: 3, output: 15 },
  'claude-3-7-sonnet': { input: 3, output: 15 },
  'claude-haiku-4-5': { input: 1, output: 5 },
  'claude-3-5-haiku': { input: 0.8, output: 4 },
  'gpt-5.1': { input: 1.25, output: 10 },
  'gpt-5': { input: 1.25, output: 10 },
  'gpt-5-mini': { input: 0.25, output: 2 },
  'gpt-5-nano': { input: 0.05, output: 0.4 },
  'gpt-4.1': { input: 2, output: 8 },
  'gpt-4.1-mini': { input: 0.4, output: 1.6 },
  'gpt-4.1-nano': { input: 0.1, output: 0.4 },
  'gpt-4o': { input: 2.5, output: 10 },
  'gpt-4o-mini': { input: 0.15, output: 0.6 },
  'gpt-4-turbo': { input: 10, output: 30 },
  'gpt-4': { input: 30, output: 60 },
  o3: { input: 2, output: 8 },
  'o4-mini': { input: 1.1, output: 4.4 },
}

/**
 * A model of a vendor's own service that no table names is charged as the dearest one that is named: a budget in money
 * then ends a run too early, never too late.
 */
const UNKNOWN: Price = {
  input: Math.max(...Object.values(LISTED).map(({ input }) => input)),
  output: Math.max(...Object.values(LISTED).map(({ output }) => output)),
}
const FREE: Price = { input: 0, output: 0 }
const MILLION = 1_000_000

export interface PriceList {
  /** The price of a model, undefined when no table names it. A dated version costs what its model costs. */
  of(model: string): Price | undefined
  /** US dollars. A model that no table names is dear at a vendor's own service and free on anybody's own hardware. */
  cost(model: string, tokens: Tokens, own: boolean): number
}

/** `overrides` come first, so that a contract's prices and new models need no release. */
export function createPriceList(overrides: Prices = {}): PriceList {
  const named = new Map(Object.entries({ ...LISTED, ...overrides }))
  const of = (model: string) => named.get(model) ?? named.get(withoutDate(model))
  return {
    of,
    cost(model, { input_tokens, output_tokens }, own) {
      const { input, output } = of(model) ?? (own ? FREE : UNKNOWN)
      return (input_tokens * input + output_tokens * output) / MILLION
    },
  }
}

/** `gpt-4o-2024-08-06`, `claude-sonnet-4-5-20250929` and `…-latest` without their end. */
function withoutDate(model: string): string {
  return model.replace(/-(?:latest|20\d{6}|20\d{2}-\d{2}-\d{2})$/, '')
}
