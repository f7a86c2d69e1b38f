import type { Context } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { createSeal, type Seal } from '#lib/auth/seal'
import { createScheduled } from '#lib/http/create-scheduled'
import { requireSeal, SEAL_MEMBER } from '#lib/http/sealed'
import { aContext, aLog } from '#test/helpers/http'

const seal = createSeal('a key') as Seal
const event = { id: 'event-1' }

/** As Lambda hands over a direct invocation with this seal. */
function invokedWith(custom: unknown, functionName = 'poll'): Context {
  return { ...aContext(), functionName, clientContext: { custom } as Context['clientContext'] }
}

describe('an event of a function that no route leads to', () => {
  it('passes with the seal for this event and this function', () => {
    const { log, lines } = aLog()
    requireSeal({ seal, log }, event, invokedWith({ [SEAL_MEMBER]: seal.ofEvent('poll', event) }))
    expect(lines).toEqual([])
  })

  it.each([
    ['of another event', { [SEAL_MEMBER]: seal.ofEvent('poll', {}) }],
    ['of another function', { [SEAL_MEMBER]: seal.ofEvent('flush', event) }],
    ['that is no text', { [SEAL_MEMBER]: true }],
    ['that is missing', {}],
    ['in no context', null],
    ['in a context that is text', 'seal'],
  ])('is refused with a seal %s, and the refusal is logged', (_what, custom) => {
    const { log, lines } = aLog()
    expect(() => requireSeal({ seal, log }, event, invokedWith(custom))).toThrow(
      expect.objectContaining({ code: 'unauthenticated' }),
    )
    expect(lines).toMatchObject([{ level: 'error', message: 'unsealed event refused', facts: { function: 'poll' } }])
  })

  it('is refused without a context', () => {
    expect(() => requireSeal({ seal, log: aLog().log }, event, undefined)).toThrow(/does not come from the stack/)
  })

  it('needs no seal where there is no key, as on AWS', () => {
    expect(requireSeal({ seal: undefined, log: aLog().log }, event, undefined)).toBeUndefined()
  })

  it('does not reach the work of a schedule without its seal', async () => {
    const runs: string[] = []
    const ids = { uuid: () => 'fresh-id', secret: () => '' }
    const scheduled = createScheduled({ log: aLog().log, ids, clock: { now: () => 0 }, seal })
    const handler = scheduled('poll', async ({ correlationId }) => runs.push(correlationId))

    await expect(handler(event, invokedWith({}))).rejects.toMatchObject({ code: 'unauthenticated' })
    await handler(event, invokedWith({ [SEAL_MEMBER]: seal.ofEvent('poll', event) }))

    expect(runs).toEqual(['event-1'])
  })
})
