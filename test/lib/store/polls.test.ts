import { describe, expect, it } from 'vitest'
import type { PollRecord } from '#lib/queue/source'
import { createPollStore } from '#lib/store/polls'
import { START } from '#test/helpers/clock'
import { aTable } from '#test/helpers/dynamodb'

const aRecord = (repository: string, over: Partial<PollRecord> = {}): PollRecord => ({
  repository,
  tags: { 'ai-ready': ['"abc"', 'W/"def" page=2'] },
  succeeded_at: START,
  error: null,
  rate: { limit: 5000, remaining: 4999, resets_at: START + 1 },
  version: 0,
  ...over,
})

const aPollStore = async () => createPollStore((await aTable()).table)

describe('what the poll remembers', () => {
  it('is nothing at first', async () => {
    const polls = await aPollStore()

    expect([await polls.read('acme/shop'), await polls.all(), await polls.closedUntil()]).toEqual([undefined, [], 0])
    expect(await polls.mirror('acme/shop', 1)).toBeUndefined()
  })

  it('comes back as it was saved, one version on', async () => {
    const polls = await aPollStore()
    const failed = aRecord('acme/till', {
      tags: {},
      succeeded_at: null,
      rate: null,
      error: { code: 'forbidden', message: 'No.', at: START },
    })
    await polls.save(aRecord('acme/shop'))
    await polls.save(failed)

    expect(await polls.read('acme/shop')).toEqual(aRecord('acme/shop', { version: 1 }))
    expect(await polls.all()).toEqual([aRecord('acme/shop', { version: 1 }), { ...failed, version: 1 }])
  })

  it('of the gate is the latest time anybody was told', async () => {
    const polls = await aPollStore()
    await polls.closeUntil(START + 60_000)
    await polls.closeUntil(START + 1_000)
    expect(await polls.closedUntil()).toBe(START + 60_000)
    await polls.closeUntil(START + 61_000)
    expect(await polls.closedUntil()).toBe(START + 61_000)
  })
})
