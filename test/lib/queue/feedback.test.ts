import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundedFeedback, FEEDBACK_BYTES, feedbackOf, NO_FEEDBACK, verdictOf } from '#lib/queue/feedback'
import type { PullReview } from '#lib/queue/review-ports'
import { START } from '#test/helpers/clock'

const START_OF_ALL = { at: 0, id: 0 }

function aReview(id: number, state: PullReview['state'], over: Partial<PullReview> = {}): PullReview {
  return { id, state, author: 'ada', association: 'MEMBER', body: `Review ${id}`, submitted_at: START + id, ...over }
}

const seen = (...reviews: PullReview[]) => ({ kind: 'seen', tag: [], state: 'open', merged_at: null, reviews }) as const
/** Everybody may review but mallory. */
const BY = { now: START, mayReview: (author: string) => author !== 'mallory' }
const verdict = (reviews: PullReview[], since = START_OF_ALL) => verdictOf(seen(...reviews), since, BY)

describe('the verdict on a pull request', () => {
  it('is that of the latest decision of each reviewer', () => {
    expect(verdict([])).toBeUndefined()
    expect(verdict([aReview(1, 'commented')])).toBeUndefined()
    expect(verdict([aReview(1, 'changes_requested'), aReview(2, 'approved')])?.word.verdict).toBe('approved')
    expect(verdict([aReview(1, 'approved'), aReview(2, 'changes_requested')])?.word.verdict).toBe('changes_requested')
    expect(verdict([aReview(1, 'changes_requested'), aReview(2, 'dismissed')])).toBeUndefined()
  })

  it('is for changes as long as one asks for them, told by the newest review that is passed on', () => {
    const asking = aReview(1, 'changes_requested', { author: 'bob' })
    const { word, reviews } = verdict([asking, aReview(2, 'approved'), aReview(3, 'commented')])!

    expect(word).toEqual({ verdict: 'changes_requested', at: START + 3, id: 3 })
    expect(reviews.map(({ id }) => id)).toEqual([1, 3])
  })

  it('is none again once the changes were made, until who asked for them looks', () => {
    const asked = aReview(1, 'changes_requested', { author: 'bob' })
    const since = { at: START + 1, id: 1 }

    expect(verdict([asked], since)).toBeUndefined()
    expect(verdict([asked, aReview(2, 'approved')], since)).toBeUndefined()
    expect(verdict([asked, aReview(2, 'approved', { author: 'bob' })], since)?.word.verdict).toBe('approved')
    expect(verdict([asked, aReview(2, 'changes_requested')], since)?.reviews.map(({ id }) => id)).toEqual([2])
  })

  it('is not that of who has no write access, whatever the association is called', () => {
    expect(verdict([aReview(1, 'approved', { author: 'mallory' })])).toBeUndefined()
    expect(verdict([aReview(1, 'changes_requested', { author: 'mallory', association: 'MEMBER' })])).toBeUndefined()
    expect(verdict([aReview(1, 'approved', { association: 'CONTRIBUTOR' })])?.word.verdict).toBe('approved')
  })

  it('is the end when it is merged or closed, whatever was said', () => {
    const said = [aReview(1, 'changes_requested')]
    const merged = { ...seen(...said), state: 'closed', merged_at: START - 5 } as const
    expect(verdictOf(merged, START_OF_ALL, BY)?.word).toEqual({ verdict: 'merged', at: START - 5, id: 0 })
    expect(verdictOf({ ...seen(...said), state: 'closed' }, START_OF_ALL, BY)?.word.verdict).toBe('closed')
  })
})

describe('the feedback', () => {
  it('names who said it, and where', () => {
    const remark = { review: 1, author: 'ada', path: 'src/cart.ts', line: null, body: 'Why?' }

    expect(feedbackOf([aReview(1, 'changes_requested')], [remark, { ...remark, review: 2 }])).toBe(
      '@ada wrote:\nReview 1\n\n@ada on src/cart.ts:\nWhy?',
    )
    expect(feedbackOf([aReview(1, 'changes_requested', { body: ' ' })], [])).toBe(NO_FEEDBACK)
  })

  it('stays below 8 KB and whole, whatever is said', () => {
    const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' })).map((it) => it.repeat(400))
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 5 }), (bodies) => {
        const reviews = bodies.map((body, at) => aReview(at + 1, 'changes_requested', { body }))
        for (const text of [feedbackOf(reviews, []), boundedFeedback(bodies.join(' '))]) {
          expect(Buffer.byteLength(text)).toBeLessThanOrEqual(FEEDBACK_BYTES)
          expect(text).not.toBe('')
          expect(text.isWellFormed()).toBe(true)
          expect(text).not.toContain('\0')
        }
      }),
    )
  })
})
