import { describe, expect, it } from 'vitest'
import { answered, deliberated, orchestrated, protoJson, storedJson, toProblem } from '#lib/councils/answers'
import { COUNCIL_CODES, CouncilError } from '#lib/councils/errors'
import { AppError, HTTP_STATUS } from '#lib/errors'
import { ranked, stored } from '#test/grpc/support/scripted'

describe('proto3 JSON', () => {
  it('writes 64-bit numbers as text and all others as numbers', () => {
    expect(protoJson(ranked)).toMatchObject({
      duration_ms: '5000000000',
      metadata: { timestamp_ms: '1767600000123' },
      results: [{ rank: 1, score: 0.9, proposal: { created_at_ms: '1767600000001' } }, {}, {}],
    })
    expect(protoJson({ role_counts: { DEV: 3 }, avg_deliberation_time_ms: 1.5, active_councils: 2 })).toEqual({
      role_counts: { DEV: '3' },
      avg_deliberation_time_ms: 1.5,
      active_councils: '2',
    })
  })

  it('writes the state of a run by its full name', () => {
    expect(storedJson({ ...stored, status: 'IN_PROGRESS' })).toMatchObject({
      status: 'DELIBERATION_STATUS_IN_PROGRESS',
      duration_ms: '5000000000',
    })
  })
})

describe('a run that is complete', () => {
  it('is what Deliberate and Orchestrate would have answered, and whether it is whole', () => {
    const { degraded, warnings } = stored
    expect(deliberated(stored)).toEqual({ ...ranked, degraded, warnings })
    expect(orchestrated(stored)).toEqual({
      winner: ranked.results[0],
      candidates: ranked.results,
      execution_id: stored.execution_id,
      duration_ms: stored.duration_ms,
      degraded,
      warnings,
      metadata: stored.metadata,
    })
  })

  it('and degraded says so in every answer over HTTP', () => {
    const run = { ...stored, status_detail: 'DEGRADED', degraded: true, warnings: ['Nobody reviewed.'] } as const
    const told = { degraded: true, warnings: ['Nobody reviewed.'] }
    expect(deliberated(run)).toMatchObject(told)
    expect(orchestrated(run)).toMatchObject(told)
    expect(storedJson(run)).toMatchObject({
      ...told,
      status: 'DELIBERATION_STATUS_COMPLETED',
      status_detail: 'DEGRADED',
    })
  })

  it('cannot be without its winner', () => {
    expect(() => orchestrated({ ...stored, winner_id: 'nobody' })).toThrow(AppError)
  })
})

describe('a refusal over HTTP', () => {
  const STATUS = {
    INVALID_ARGUMENT: 422,
    UNIMPLEMENTED: 501,
    NOT_FOUND: 404,
    ALREADY_EXISTS: 409,
    UNAVAILABLE: 503,
    DEADLINE_EXCEEDED: 504,
    RESOURCE_EXHAUSTED: 429,
    FAILED_PRECONDITION: 409,
    CANCELLED: 409,
  }

  it.each(COUNCIL_CODES)('%s has its status, its words and the name of its code', (code) => {
    const problem = toProblem(new CouncilError(code, 'Because.', { executionId: 'x' })) as AppError

    expect(HTTP_STATUS[problem.code]).toBe(STATUS[code])
    expect(problem).toMatchObject({ message: 'Because.', details: { grpc_code: code, execution_id: 'x' } })
  })

  it('names the field that is wrong, and when to come again', () => {
    const wrong = toProblem(new CouncilError('INVALID_ARGUMENT', 'must not be negative', { field: 'rounds' }))
    const spent = toProblem(new CouncilError('RESOURCE_EXHAUSTED', 'Spent.', { retryAfterMs: 2_500 }))

    expect(wrong).toMatchObject({ errors: [{ path: 'rounds', message: 'must not be negative' }] })
    expect(spent).toMatchObject({ retryAfter: 2.5 })
  })

  it('of something else stays what it is', async () => {
    const bug = new TypeError('oops')

    await expect(answered(Promise.reject(bug))).rejects.toBe(bug)
    await expect(answered(Promise.reject(new CouncilError('NOT_FOUND', 'None.')))).rejects.toBeInstanceOf(AppError)
    expect(await answered(Promise.resolve(7))).toBe(7)
  })
})
