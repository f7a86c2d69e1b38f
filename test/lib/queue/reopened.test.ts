/** A pull request that is closed and opened again, where no webhook tells of it. */
import { describe, expect, it } from 'vitest'
import { REPOSITORY } from '#test/helpers/queue'
import { aFinishedIssue } from '#test/helpers/reviews'

describe('a pull request', () => {
  it('that is closed and opened again is noticed by the poll alone, and merged after that as well', async () => {
    const journey = await aFinishedIssue()
    const { pull, clock } = journey
    await journey.close(pull)
    expect(await journey.pollAll()).toMatchObject({ closed: 1 })
    await journey.settle()
    clock.advance(60_000)
    expect(await journey.pollAll()).toMatchObject({ open: 0, reopened: 0 })

    await journey.reopen(pull)
    expect(await journey.pollAll()).toMatchObject({ reopened: 1 })
    expect(await journey.gate()).toMatchObject({ pending_count: 1, pending: [{ number: pull }] })

    await journey.close(pull)
    expect(await journey.pollAll()).toMatchObject({ closed: 1 })
    await journey.settle()
    clock.advance(60_000)
    await journey.reopen(pull)
    await journey.merge(pull)
    expect(await journey.pollAll()).toMatchObject({ reopened: 0, merged: 1 })
  })

  it('of people is looked up once after it changed, and costs nothing then', async () => {
    const journey = await aFinishedIssue()
    const meter = journey.units()
    const used = async () => {
      const answer = await fetch(`${journey.github.url}/rate_limit`, {
        headers: { authorization: 'Bearer test-token' },
      })
      return ((await answer.json()) as { rate: { used: number } }).rate.used
    }
    const readsOfPoll = async () => {
      meter.reset()
      await journey.reviewPoll.poll(REPOSITORY, 'poll')
      return meter.totals().reads
    }
    await readsOfPoll()
    const quiet = await readsOfPoll()

    await journey.aPull(999)
    expect(await readsOfPoll()).toBeGreaterThan(quiet)

    const before = await used()
    expect(await readsOfPoll()).toBe(quiet)
    expect(await used()).toBe(before)
  })
})
