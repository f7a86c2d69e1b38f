/** POST /workflow/{feature_id}/cancel, pause, resume and retry: what an operator does to a whole workflow. */
import { api } from '#lib/http/api'
import type { Asked } from '#lib/http/create-api'
import { actorOf } from '#lib/workflows/actors'
import { featurePath, reasonBody } from '#lib/workflows/schemas'
import { workflows } from '#lib/workflows/wiring'

const route = { scope: 'operator', params: featurePath, body: reasonBody, idempotent: true } as const

type Control = Asked<typeof featurePath, undefined, typeof reasonBody>

const apply = (event: 'cancel' | 'pause' | 'resume' | 'retry') => (asked: Control) => {
  const { params, body, caller, correlationId: correlation_id } = asked
  const { reason, expected_version } = body
  const actor = actorOf(caller, body.actor, 'operator')
  return workflows.advance(params.feature_id, { event, actor, reason }, { correlation_id, expected_version })
}

export const cancel = api(route, apply('cancel'))
export const pause = api(route, apply('pause'))
export const resume = api(route, apply('resume'))
export const retry = api(route, apply('retry'))
