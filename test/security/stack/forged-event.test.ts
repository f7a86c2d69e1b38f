import { describe, expect, it } from 'vitest'
import stream from '../../../events/events-relay.json' with { type: 'json' }
import { theStack } from '../support/a-stack.ts'
import { createAttack, type Invocation } from '../support/lambda.ts'
import { hear } from '../support/raw.ts'

/** Whom an event could be forged for: every function that no route leads to. */
const SCHEDULES = [
  'githubPoll',
  'githubFlush',
  'eventsRedeliver',
  'projectsSweep',
  'projectsLearn',
  'workflowsCheck',
  'workersCheck',
  'councilsResume',
]
const READERS = [
  'githubDeliveries',
  'eventsRelay',
  'eventsCount',
  'workflowsDispatch',
  'councilsRun',
  'eventsDeadLetters',
]

describe('an event that its source did not send', () => {
  const stack = theStack()
  const attack = () => createAttack(stack())

  it.each(SCHEDULES)('is refused by the schedule %s', async (name) => {
    const event = { id: 'forged', time: '2026-01-05T09:00:00Z', source: 'aws.events', detail: {} }
    const { headers, text } = await attack().invoke(name, event)
    expect(headers['x-amz-function-error']).toBe('Unhandled')
    expect(text).toContain('This event does not come from the stack')
  })

  it.each(READERS)('is refused by the reader %s', async (name) => {
    const { headers, text } = await attack().invoke(name, stream)
    expect(headers['x-amz-function-error']).toBe('Unhandled')
    expect(text).toContain('This event does not come from the stack')
  })

  it('is refused with a seal that is not for it', async () => {
    const context = Buffer.from(JSON.stringify({ custom: { coxswain_seal: 'x'.repeat(43) } })).toString('base64')
    const { text } = await attack().invoke('eventsRelay', stream, { headers: { 'x-amz-client-context': context } })
    expect(text).toContain('This event does not come from the stack')
  })

  it.each<[string, Invocation]>([
    ['the older way in, which keeps the context of the call before', { type: 'invoke-async/' }],
    ['a call that is not waited for', { headers: { 'x-amz-invocation-type': 'Event' } }],
  ])('is refused at the door by %s, and ends nothing', async (_how, how) => {
    for (const name of ['githubPoll', 'eventsRelay', 'nowhere']) {
      const { status, text } = await attack().invoke(name, stream, how)
      expect({ status, ...JSON.parse(text) }).toMatchObject({ status: 403, code: 'forbidden' })
    }

    expect(await hear({ port: stack().port, path: '/health' })).toMatchObject({ status: 200 })
    const control = { authorization: `Bearer ${stack().dev.stand_in_tokens.control}` }
    const told = await fetch(`${stack().dev.stand_ins['eventbridge']}/_stand_in/events`, { headers: control })
    expect(await told.text()).not.toContain('acme/shop')
    expect(attack().log()).not.toContain('Uncaught exception')
  })
})
