/** `coxswain retry` and `coxswain cancel`: one issue is done anew, or taken out of the queue. */
import { item } from '../api/answers.ts'
import { createApi } from '../api/client.ts'
import { findPlace } from '../api/place.ts'
import type { Context, Given, Result } from '../line/command.ts'
import { jsonLines, printable } from '../show/printable.ts'
import { findIssue, issueNamed, nameOf } from './issue-key.ts'

const SAID = {
  retry: 'is pending again: a worker takes it up when it asks next.',
  cancel: 'is withdrawn. A worker that has it stops at its next heartbeat.',
} as const

type Verb = keyof typeof SAID

async function act(verb: Verb, given: Given, { env }: Context): Promise<Result> {
  const named = issueNamed(given.args[0] ?? '', given.text('repo'))
  const api = createApi(await findPlace(env))
  const { repository, number } = await findIssue(api, named)
  const answer = await api.call(`/queue/${repository}/${number}/${verb}`, item, { method: 'POST', scope: 'operator' })
  return { lines: given.isSet('json') ? jsonLines(answer) : [`${printable(nameOf(answer))} ${SAID[verb]}`] }
}

export const retry = (given: Given, context: Context) => act('retry', given, context)
export const cancel = (given: Given, context: Context) => act('cancel', given, context)
