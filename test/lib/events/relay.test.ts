import { describe, expect, it } from 'vitest'
import type { JobChange } from '#lib/events/change'
import { createRelay } from '#lib/events/relay'
import { owedBy } from '#lib/events/sinks/github'
import { expired, leased, opened, refreshed, reopened, reported, withdrawn } from '#lib/queue/decide'
import type { Job } from '#lib/queue/model'
import { START } from '#test/helpers/clock'
import { aKey, POLICY, someFacts } from '#test/helpers/queue'

const ON = { now: START, correlation_id: 'c' }
const queued = opened(aKey(7), someFacts(7), { kind: 'inline', text: '' }, ON)
const inHand = leased(queued, 'w1', POLICY, ON)
const outcome = { pr_url: 'https://github.com/acme/shop/pull/9', error: null, usage: queued.usage }
const done = reported(inHand, { kind: 'completed', ...outcome }, POLICY, ON)
const once = reported(inHand, { kind: 'failed', ...outcome, error: 'It broke.' }, POLICY, ON)
const givenUp = reported(leased(once, 'w2', POLICY, ON), { kind: 'failed', ...outcome, error: 'It broke.' }, POLICY, ON)
const change: JobChange = { before: undefined, after: queued }

describe('the relay', () => {
  it('gives a change to every sink, though one of them fails, and fails then', async () => {
    const got: string[] = []
    const sink = (name: string, fails = false) => ({
      name,
      deliver: async () => {
        if (fails) throw new Error('down')
        got.push(name)
      },
    })

    await expect(createRelay([sink('a'), sink('b', true), sink('c')])(change)).rejects.toThrow('sink b')
    expect(got).toEqual(['a', 'c'])
    await expect(createRelay([sink('a', true), sink('b', true)])(change)).rejects.toThrow('2 sinks failed')
    await createRelay([])(change)
  })
})

describe('what a change owes to GitHub', () => {
  const owed = (before: Job | undefined, after: Job) => owedBy({ before, after }, 'ai-ready')

  it.each([
    ['queued', undefined, queued, 'ai-in-progress'],
    ['done', inHand, done, 'ai-completed'],
    ['given up', leased(once, 'w2', POLICY, ON), givenUp, 'ai-failed'],
    ['withdrawn', inHand, withdrawn(inHand, 'closed', ON), null],
    ['withdrawn from the line', undefined, withdrawn(queued, 'closed', ON), null],
    ['queued anew', givenUp, reopened(givenUp, queued.facts, queued.body, ON), 'ai-in-progress'],
  ])('when it is %s is one state label, and the others and the trigger gone', (_, before, after, label) => {
    const write = owed(before, after)
    const states = ['ai-in-progress', 'ai-completed', 'ai-failed', 'ai-ready'].filter((name) => name !== label)

    expect(write).toMatchObject({ state_label: label, remove_labels: states, version: after.version })
  })

  it.each([
    ['leased', queued, inHand],
    ['leased for the first time', undefined, inHand],
    ['failed with an attempt left', inHand, once],
    ['lost by its worker', inHand, expired(inHand, POLICY, ON)],
    ['edited', undefined, refreshed(queued, queued.facts, queued.body, ON)],
  ])('when it is %s is nothing', (_, before, after) => {
    expect(owed(before, after)).toBeUndefined()
  })

  it('at its end is one comment, named by the generation', () => {
    expect(owed(inHand, done)?.comments).toMatchObject([
      { marker: 'completed:1', text: expect.stringContaining('/pull/9') },
    ])
    expect(owed(leased(once, 'w2', POLICY, ON), givenUp)?.comments).toMatchObject([{ marker: 'failed:1' }])
    expect(owed(inHand, withdrawn(inHand, 'closed', ON))?.comments).toEqual([])
  })
})
