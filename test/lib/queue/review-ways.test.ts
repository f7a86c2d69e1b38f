/** The same word by poll, webhook and operator: it counts once, and an older one undoes nothing. */
import { describe, expect, it } from 'vitest'
import { fromTimestamp, minutes } from '#lib/clock'
import { aKey, REPOSITORY } from '#test/helpers/queue'
import { aFinishedIssue, aReviewedJourney } from '#test/helpers/reviews'

const OTHER = 'acme/till'

describe('one word by several ways', () => {
  it('from poll, webhook and operator at once is one rework', async () => {
    const journey = await aFinishedIssue()
    const { issue, pull } = journey
    const { id, submitted_at } = await journey.review(pull, 'REQUEST_CHANGES', 'Please test it.')
    const heard = {
      ...{ repository: REPOSITORY, pull, verdict: 'changes_requested' as const, feedback: 'Please test it.' },
      ...{ at: fromTimestamp(submitted_at), review: id, correlation_id: 'webhook' },
    } as const
    const said = { verdict: 'changes_requested', number: pull, repository: REPOSITORY, feedback: 'Test it.' } as const

    await Promise.all([
      journey.reviewPoll.poll(REPOSITORY, 'poll'),
      journey.reviews.observe(heard),
      journey.reviews.observe(heard),
      journey.reviews.say({ ...said, correlation_id: 'operator' }),
    ])
    await journey.settle()

    expect(await journey.job(issue)).toMatchObject({ state: { kind: 'pending' }, review: { rounds: 1 } })
    expect((await journey.store.ready(10)).items).toHaveLength(1)
    expect(journey.commentsOn(issue)).toBe(2)
    const { token } = await journey.leased('w2', issue)
    await journey.completed('w2', { issue, token, pull })
    await journey.settle()
    await journey.reviews.observe(heard)
    await journey.pollAll()
    expect(await journey.job(issue)).toMatchObject({
      state: { kind: 'finished' },
      review: { verdict: null, rounds: 1 },
    })
    expect(await journey.gate()).toMatchObject({ pending_count: 1 })
  })

  it.each(['approved', 'merged'] as const)('%s is noted once', async (verdict) => {
    const journey = await aFinishedIssue()
    const { issue, pull } = journey
    if (verdict === 'approved') await journey.review(pull, 'APPROVE')
    else await journey.merge(pull)
    const heard = { repository: REPOSITORY, pull, verdict, feedback: null, at: journey.clock.now(), review: 7 }

    await Promise.all([
      journey.reviewPoll.poll(REPOSITORY, 'poll'),
      journey.reviews.observe({ ...heard, correlation_id: 'webhook' }),
      journey.reviews.say({ verdict, number: issue, repository: undefined, feedback: null, correlation_id: 'o' }),
    ])
    await journey.settle()

    const changes = journey.told.filter(({ after }) => after.review.verdict === verdict)
    expect(changes).toHaveLength(1)
    expect(journey.commentsOn(issue)).toBe(1)
  })

  it('that is older than what counted last undoes nothing', async () => {
    const journey = await aFinishedIssue()
    const { pull, issue } = journey
    await journey.review(pull, 'APPROVE')
    await journey.pollAll()
    const old = { repository: REPOSITORY, pull, feedback: 'No.', at: journey.clock.now() - minutes(5), review: 1 }

    const late = await journey.reviews.observe({ ...old, verdict: 'changes_requested', correlation_id: 'late' })

    expect(late.kind).toBe('ignored')
    expect(await journey.job(issue)).toMatchObject({ review: { verdict: 'approved' } })
  })

  it('of a pull request that is none of ours is of no interest', async () => {
    const journey = await aReviewedJourney()
    const stranger = { repository: REPOSITORY, pull: 99, verdict: 'merged', feedback: null, at: 1 } as const

    expect(await journey.reviews.observe({ ...stranger, correlation_id: 'x' })).toEqual({ kind: 'unknown' })
    expect(await journey.reviewPoll.look(REPOSITORY, 99, 'x')).toBe(false)
  })

  it('heard of at a webhook that only rings is looked up on GitHub', async () => {
    const journey = await aFinishedIssue()
    await journey.review(journey.pull, 'REQUEST_CHANGES', 'Please test it.')

    expect(await journey.reviewPoll.look(REPOSITORY, journey.pull, 'webhook')).toBe(true)
    expect((await journey.leased('w2')).feedback).toContain('Please test it.')
  })
})

describe('an operator', () => {
  const said = { repository: undefined, feedback: null, correlation_id: 'operator' }

  it('names a pull request by its number or its issue, and may say it again', async () => {
    const { reviews, issue, pull } = await aFinishedIssue()

    expect(await reviews.say({ ...said, verdict: 'approved', number: issue })).toMatchObject({
      kind: 'applied',
      gate: { pending_count: 0, approved: [{ number: pull }] },
    })
    expect(await reviews.say({ ...said, verdict: 'approved', number: pull })).toMatchObject({ kind: 'ignored' })
    expect(await reviews.say({ ...said, verdict: 'merged', number: pull })).toMatchObject({ kind: 'applied' })
    expect(await reviews.say({ ...said, verdict: 'merged', number: pull })).toMatchObject({ kind: 'ignored' })
  })

  it('is told what cannot be', async () => {
    const journey = await aFinishedIssue()
    const waiting = journey.another('Two')
    await journey.poll()
    await journey.merge(journey.pull)
    await journey.pollAll()
    const say = (verdict: 'approved' | 'changes_requested', number: number) =>
      journey.reviews.say({ ...said, verdict, number })

    await expect(say('approved', 4711)).rejects.toMatchObject({ code: 'not_found' })
    await expect(say('approved', waiting)).rejects.toMatchObject({ code: 'conflict', details: { review: null } })
    await expect(say('changes_requested', journey.pull)).rejects.toMatchObject({
      code: 'conflict',
      details: { review: 'merged' },
    })
  })

  it('is asked for the repository where several know the number', async () => {
    const journey = await aReviewedJourney({ repositories: [REPOSITORY, OTHER] })
    const { pull } = await journey.aCompleted('One')
    await journey.queue.add(aKey(pull, OTHER), (await journey.job(1))!.facts, '', 'setup')

    const ambiguous = journey.reviews.say({ ...said, verdict: 'approved', number: pull })

    await expect(ambiguous).rejects.toMatchObject({ code: 'ambiguous', details: { repositories: [REPOSITORY, OTHER] } })
    const named = { ...said, repository: REPOSITORY, verdict: 'approved', number: pull } as const
    expect(await journey.reviews.say(named)).toMatchObject({ kind: 'applied' })
  })

  it('who asks for changes without a word still starts a rework', async () => {
    const journey = await aFinishedIssue()
    await journey.reviews.say({ ...said, verdict: 'changes_requested', number: journey.pull })

    expect((await journey.leased('w2')).feedback).toContain('Look at the pull request')
  })
})
