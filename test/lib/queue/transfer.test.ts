/** An issue that is transferred while it is queued: withdrawn here, and taken up there when that repository is polled, too. */
import { describe, expect, it } from 'vitest'
import type { PollPorts } from '#lib/queue/poll'
import { aJourney, TRIGGER } from '#test/helpers/journey'
import { REPOSITORY } from '#test/helpers/queue'

const TILL = 'acme/till'
const GIT = 'acme/elsewhere'

/** An issue queued in the shop that GitHub shows in `place` now, with the labels it had. */
async function aTransfer(place: string, labels = ['ai-in-progress', 'bug']) {
  const journey = await aJourney({ repositories: [REPOSITORY, TILL, GIT] })
  const old = journey.issue('Sell tickets')
  await journey.poll()
  await journey.catchUp()
  const number = journey.issue('Sell tickets', { repository: place, labels })
  journey.github.seed.deleteIssue(REPOSITORY, old)
  const moved_to = { repository: place, number }
  const moving = (ports: PollPorts): PollPorts => ({
    ...ports,
    repositories: async () => [REPOSITORY, TILL],
    source: {
      ...ports.source,
      // The stand-in transfers no issues; GitHub answers 301, see the tests of the source.
      find: async (repository, wanted) =>
        repository === REPOSITORY && wanted === old
          ? { kind: 'gone', reason: `The issue was transferred to ${place}; it is #${number} there.`, moved_to }
          : ports.source.find(repository, wanted),
    },
  })
  const poll = (repository: string) => journey.aPoller(moving)(repository, 'poll')
  return { ...journey, old, number, poll }
}

describe('an issue that is transferred to another repository', () => {
  it('that is polled goes on there, its label explained; the old one says where it went', async () => {
    const { poll, job, old, number, catchUp, labelsOf, lease } = await aTransfer(TILL)
    expect(await poll(TILL)).toMatchObject({ queued: 0, left_alone: 1 })

    expect(await poll(REPOSITORY)).toMatchObject({ withdrawn: 1 })
    await catchUp()
    await poll(REPOSITORY)

    expect(await job(old)).toMatchObject({
      state: {
        finish: { outcome: 'withdrawn', error: `The issue was transferred to acme/till; it is #${number} there.` },
      },
    })
    expect(await job(number, TILL)).toMatchObject({ state: { kind: 'pending' }, facts: { title: 'Sell tickets' } })
    expect(labelsOf(number, TILL)).toEqual(expect.arrayContaining(['ai-in-progress', 'bug']))
    expect(labelsOf(number, TILL)).not.toContain(TRIGGER)
    expect(await lease('w1')).toMatchObject({ number })
  })

  it('carries exactly one state label there, and one comment says that the queue followed it', async () => {
    const { poll, number, catchUp, labelsOf, commentsOn } = await aTransfer(TILL, [
      'ai-in-progress',
      'ai-failed',
      'bug',
    ])
    await poll(REPOSITORY)
    await catchUp()
    await poll(REPOSITORY)
    await poll(TILL)
    await catchUp()

    expect(labelsOf(number, TILL).toSorted()).toEqual(['ai-in-progress', 'bug'])
    expect(commentsOn(number, TILL)).toBe(1)
  })

  it('while a worker has it ends that lease, and is leased anew where it is now', async () => {
    const { poll, job, old, number, lease, catchUp } = await aTransfer(TILL)
    expect(await lease('w1')).toMatchObject({ number: old })

    await poll(REPOSITORY)
    await catchUp()

    expect(await job(old)).toMatchObject({ state: { kind: 'finished', finish: { outcome: 'withdrawn' } } })
    expect(await lease('w2')).toMatchObject({ repository: TILL, number })
  })

  it('that nobody polls is withdrawn with the reason, and nothing is written there', async () => {
    const { poll, job, old, number, catchUp, labelsOf, commentsOn } = await aTransfer(GIT)
    expect(await poll(REPOSITORY)).toMatchObject({ withdrawn: 1 })
    expect(await job(old)).toMatchObject({ state: { finish: { error: expect.stringContaining(GIT) } } })
    await catchUp()
    expect(await job(number, GIT)).toBeUndefined()
    expect(labelsOf(number, GIT)).toEqual(['ai-in-progress', 'bug'])
    expect(commentsOn(number, GIT)).toBe(0)
  })
})
