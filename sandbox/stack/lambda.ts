/** Calls a function directly, as AWS's own services do: by name, with an event, for an answer. */
import type { Seal } from '#lib/auth/seal'
import { AppError } from '#lib/errors'
import { SEAL_MEMBER } from '#lib/http/sealed'

export interface Lambda {
  /** What the function answers. Throws AppError `unavailable` when it failed or cannot be reached. */
  invoke(name: string, event: unknown): Promise<unknown>
}

/** Service and stage, as serverless.yml names them. */
export const FUNCTION_PREFIX = 'coxswain-dev-'
/** The longest-running function ends after fifteen minutes. */
const PATIENCE_MS = 910_000

/** `seal`: proves to the functions that a call comes from this stack. */
export function createLambda(url: string, seal?: Seal): Lambda {
  return {
    async invoke(name, event) {
      const function_name = `${FUNCTION_PREFIX}${name}`
      const headers = seal === undefined ? {} : contextHeader(seal.ofEvent(function_name, event))
      const answer = await call(`${url}/2015-03-31/functions/${function_name}/invocations`, event, headers)
      const text = await answer.text()
      if (!answer.ok || answer.headers.has('x-amz-function-error')) {
        throw new AppError('unavailable', `${name} failed: ${reasonOf(text)}`, { details: { function: name } })
      }
      return text === '' ? undefined : JSON.parse(text)
    },
  }
}

/** True when the function itself ended with an error, rather than not having been reached. */
export function isFunctionError(error: unknown): boolean {
  return error instanceof AppError && error.details['function'] !== undefined
}

/** Lambda's own way to say something beside the event. */
function contextHeader(seal: string): Record<string, string> {
  const context = JSON.stringify({ custom: { [SEAL_MEMBER]: seal } })
  return { 'x-amz-client-context': Buffer.from(context).toString('base64') }
}

async function call(url: string, event: unknown, headers: Record<string, string>): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    return await fetch(url, { method: 'POST', headers, body: JSON.stringify(event), signal })
  } catch (cause) {
    throw new AppError('unavailable', 'The functions cannot be reached.', { cause })
  }
}

function reasonOf(text: string): string {
  try {
    const { errorMessage, Message } = JSON.parse(text)
    return String(errorMessage ?? Message)
  } catch {
    return text.slice(0, 200)
  }
}
