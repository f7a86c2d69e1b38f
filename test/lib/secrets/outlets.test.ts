/** Every place where the text of an error is stored or answered, driven by its own function. */
import type { Request } from '@middy/core'
import { describe, expect, it } from 'vitest'
import { failedBy } from '#lib/councils/outcome'
import { failed } from '#lib/councils/steps'
import { AppError } from '#lib/errors'
import { failureOf } from '#lib/events/redeliver'
import type { HttpAnswer, TravellingEvent } from '#lib/http/exchange'
import { problems } from '#lib/http/problem'
import { added } from '#lib/projects/effects'
import { NO_OUTCOME } from '#lib/projects/model'
import { START } from '#test/helpers/clock'

const SECRET = `ghs_${'aB3'.repeat(12)}`
const SAID = `refused for ${SECRET}`
const MASKED = 'refused for ***'

describe('the text of an error is masked', () => {
  it('in the transcript of a council, for an agent and for the whole run', () => {
    expect(failed('unavailable', SAID)).toMatchObject({ failure: { message: MASKED } })
    expect(failedBy('UNAVAILABLE', SAID, START)).toMatchObject({ message: MASKED })
  })

  it('in a parked event', () => {
    const ports = { clock: { now: () => START }, chance: () => 0 }
    const failure = failureOf(ports, { attempts: 0, refusals: 0 }, new AppError('forbidden', SAID))
    expect(failure.error).toBe(`forbidden: ${MASKED}`)
  })

  it('in the outcome of a project', () => {
    expect(added(NO_OUTCOME, { failures: [SAID] }).failures).toEqual([MASKED])
  })

  it('in a problem document', () => {
    const error = new AppError('invalid', SAID, { errors: [{ path: 'x', message: SAID }] })
    const request = { event: { exchange: { correlationId: 'c' } }, error, response: null as HttpAnswer | null }
    problems().onError?.(request as unknown as Request<TravellingEvent, HttpAnswer>)

    const { body = '' } = request.response ?? {}
    expect(JSON.parse(body)).toMatchObject({ detail: MASKED, errors: [{ message: MASKED }] })
  })
})
