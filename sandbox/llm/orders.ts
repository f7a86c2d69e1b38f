/** Answers on order: the next questions that match are answered as told instead of as the model would. */
import * as z from 'zod'
import { PROBLEMS } from './problems.ts'

export const order = z.strictObject({
  /** Left out: any. `contains` is looked for in the words of the question. */
  match: z
    .strictObject({
      model: z.string().optional(),
      contains: z.string().optional(),
      structured: z.boolean().optional(),
    })
    .default({}),
  times: z.int().positive().default(1),
  /**
   * `malformed`: text where JSON was asked, JSON without end where a body is. `huge`: 10 MB. `text`: these words.
   * `thinking`: hidden reasoning of `tokens`, then the usual answer in what is left of the limit. `problem`: refused.
   */
  as: z
    .enum(['text', 'malformed', 'garbage', 'hostile', 'huge', 'refusal', 'empty', 'thinking', 'problem'])
    .default('text'),
  text: z.string().default(''),
  tokens: z.int().nonnegative().default(0),
  problem: z.enum(PROBLEMS).default('rate_limit'),
  /** Seconds; sent along with a problem. */
  retry_after: z.int().nonnegative().optional(),
})

export type Order = z.infer<typeof order>
export type Given = z.input<typeof order>

export interface Orders {
  add(given: Given): void
  /** The order for this question, used up by one. */
  take(asked: { readonly model: string; readonly words: string; readonly structured: boolean }): Order | undefined
  clear(): void
}

export function createOrders(): Orders {
  const waiting: { order: Order; left: number }[] = []
  return {
    add(given) {
      const read = order.parse(given)
      waiting.push({ order: read, left: read.times })
    },
    take({ model, words, structured }) {
      const found = waiting.find(
        ({ order: { match }, left }) =>
          left > 0 &&
          (match.model === undefined || match.model === model) &&
          (match.structured === undefined || match.structured === structured) &&
          (match.contains === undefined || words.includes(match.contains)),
      )
      if (found === undefined) return undefined
      found.left -= 1
      return found.order
    },
    clear() {
      waiting.length = 0
    },
  }
}
