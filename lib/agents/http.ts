/** An agent that is a service of its own: POST {endpoint}/generate, /critique, /revise and /judge, JSON both ways. */
import * as z from 'zod'
import type { Clock } from '#lib/clock'
import type { Tokens } from '#lib/councils/model'
import { type Backend, estimateTokens, type Heard, type Question, retryAfterOf, unheard } from './backend.ts'
import type { Post } from './outgoing.ts'
import { readJson } from './reading.ts'
import { ofReply } from './refusals.ts'
import { unheardOf } from './silence.ts'

/** What every answer may say of itself. */
const told = z.object({
  /** `length`: the limit of tokens ended it. */
  finish_reason: z.string().optional().catch(undefined),
  usage: z
    .object({
      input_tokens: z.int().nonnegative(),
      output_tokens: z.int().nonnegative(),
      cost_usd: z.number().nonnegative().nullish(),
    })
    .optional()
    .catch(undefined),
})
const written = z.object({ content: z.string() })

/** `endpoint` is checked before. */
export function createHttpBackend(
  endpoint: URL,
  model: string,
  { post, clock }: { post: Post; clock: Clock },
): Backend {
  const root = endpoint.href.replace(/(?<!\/)\/+$/, '')
  const vendor = endpoint.host
  return {
    vendor,
    model,
    own: true,
    async ask(question, { key, signal }) {
      const body = JSON.stringify({
        ...question.data,
        model,
        temperature: question.temperature,
        max_tokens: question.max_tokens,
      })
      const headers = { 'content-type': 'application/json', accept: 'application/json', 'idempotency-key': key }
      try {
        const { status, headers: told, text } = await post({ url: `${root}/${question.stage}`, headers, body, signal })
        if (status === 200 || status === 201) return heard(vendor, question, { sent: body, text })
        const retryAfterMs = retryAfterOf((name) => told.get(name), clock.now())
        return ofReply(vendor, { status, retryAfterMs, text })
      } catch (error) {
        return unheardOf(vendor, error, signal)
      }
    },
  }
}

function heard(vendor: string, { stage }: Question, { sent, text }: { sent: string; text: string }) {
  const json = readJson(text)
  const { usage, finish_reason } = told.safeParse(json).data ?? {}
  const estimated: Tokens = { input_tokens: estimateTokens(sent), output_tokens: estimateTokens(text) }
  const tokens: Tokens = usage ?? estimated
  const answer = (said: string): Heard => ({
    kind: 'heard',
    text: said,
    tokens: { input_tokens: tokens.input_tokens, output_tokens: tokens.output_tokens },
    cost_usd: usage?.cost_usd ?? null,
    cut: finish_reason === 'length',
  })
  if (stage === 'critique' || stage === 'judge') return answer(text)
  const read = written.safeParse(json)
  if (read.success) return answer(read.data.content)
  return unheard('malformed', `${vendor} answers without a "content" that is text.`, { tokens: answer('').tokens })
}
