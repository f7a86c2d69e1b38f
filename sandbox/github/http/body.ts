/** Reads a call's JSON body against a schema, refusing as GitHub does. */
import type { Context } from 'hono'
import type * as z from 'zod'
import { refuse } from './answers.ts'

/** A call without a body counts as `{}`, as GitHub takes it. */
export async function readBody<T extends z.ZodType>(c: Context, schema: T): Promise<z.infer<T>> {
  const parsed = schema.safeParse(parseJson(await c.req.text()))
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `For 'properties/${issue.path.join('/')}', ${issue.message}.`)
  throw refuse(422, `Invalid request.\n\n${problems.join('\n')}`)
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw refuse(400, 'Problems parsing JSON')
  }
}
