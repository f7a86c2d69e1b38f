import { describe, expect, it, vi } from 'vitest'
import { bodyOf } from '#lib/queue/body'
import { leased, opened } from '#lib/queue/decide'
import { declaredIn } from '#lib/queue/declared'
import { factsOf, planIssue } from '#lib/queue/plan-issue'
import type { SourceIssue } from '#lib/queue/source'
import { START } from '#test/helpers/clock'
import { aKey, POLICY } from '#test/helpers/queue'

vi.mock('#lib/queue/declared', async (original) => {
  const { declaredIn: real, ...rest } = await original<typeof import('#lib/queue/declared')>()
  return { ...rest, declaredIn: vi.fn(real) }
})

const ON = { now: START, correlation_id: 't' }
const issue: SourceIssue = {
  repository: 'acme/shop',
  number: 7,
  title: 'Add a coupon field',
  body: `Depends on: #3\n\n${'To the checkout. '.repeat(500)}`,
  labels: ['ai-ready'],
  state: 'open',
  author: 'mona',
  association: 'MEMBER',
  created_at: START,
  updated_at: START,
}
const pending = () => opened(aKey(7), factsOf(issue, 'ai-ready'), bodyOf(issue.body), ON)

describe('a poll of an issue that is in the queue', () => {
  it.each([
    ['pending', pending()],
    ['leased', leased(pending(), 'w1', POLICY, ON)],
  ])('reads no body again that it has read before, while it is %s', (...[, live]) => {
    vi.mocked(declaredIn).mockClear()

    const seen = [issue, { ...issue, updated_at: START + 60_000 }].map((each) =>
      planIssue(each, { live, record: undefined, mirror: undefined }, 'ai-ready'),
    )

    expect(seen.map(({ kind }) => kind)).toEqual(['leave', 'leave'])
    expect(declaredIn).not.toHaveBeenCalled()
  })
})
