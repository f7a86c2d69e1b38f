/**
 * The port of serverless-offline that runs functions by name. It waits for the end of a call only when it is asked to; one
 * that fails unwatched ends the whole process, and the older way in keeps the client context of the call before.
 */
import type { Refusal, RequestHead } from './guard.ts'

const INVOCATION = /^\/2015-03-31\/functions\/[\w-]{1,140}\/invocations$/
const WATCHED = 'RequestResponse'

/** Refuses what is no call of one function that is waited for. */
export function judgeInvocation({ method, url = '/', headers }: RequestHead): Refusal | undefined {
  const type = headers['x-amz-invocation-type'] ?? WATCHED
  if (method === 'POST' && INVOCATION.test(url) && type === WATCHED) return undefined
  return {
    status: 403,
    code: 'forbidden',
    title: 'Not allowed',
    detail: `Functions are run here by POST to /2015-03-31/functions/<name>/invocations and with x-amz-invocation-type: ${WATCHED} alone.`,
  }
}
