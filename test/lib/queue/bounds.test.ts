import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyOf, sameBody } from '#lib/queue/body'
import { boundedLabels, boundedTitle } from '#lib/queue/bounds'
import { carries, isOurs } from '#lib/queue/labels'
import { factsOf } from '#lib/queue/plan-issue'
import { aJourney, TRIGGER } from '#test/helpers/journey'
import { aKey, aQueue } from '#test/helpers/queue'

const text = fc.string({ unit: 'binary', maxLength: 400 })

describe('what is kept of an issue', () => {
  it('is all of an ordinary one', () => {
    const labels = ['bug', 'good first issue', 'area: checkout', 'priority: high']
    expect(boundedTitle('x'.repeat(256))).toBe('x'.repeat(256))
    expect(boundedLabels(labels)).toEqual(labels.toSorted())
  })

  it('is a title of at most 256 bytes, cut between characters', () => {
    fc.assert(
      fc.property(text, (title) => {
        const kept = boundedTitle(title)
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(256)
        expect(kept.isWellFormed()).toBe(title.isWellFormed() || kept.isWellFormed())
        expect(kept === title || title.startsWith(kept.slice(0, -1))).toBe(true)
        expect(boundedTitle(kept)).toBe(kept)
      }),
    )
  })

  it('is the same labels whatever their order, at most 20 and 96 bytes of them', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 })), (labels) => {
        const kept = boundedLabels(labels)
        expect(boundedLabels(labels.toReversed())).toEqual(kept)
        expect(kept.length).toBeLessThanOrEqual(20)
        expect(kept.reduce((sum, label) => sum + Buffer.byteLength(label), 0)).toBeLessThanOrEqual(96)
      }),
    )
  })

  it('does not depend on the labels that the queue itself sets', () => {
    const others = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 50 }), { maxLength: 100 })
    fc.assert(
      fc.property(others, (labels) => {
        const issue = { title: '', author: '', association: '', created_at: 0, updated_at: 0 }
        const base = { ...issue, repository: 'a/b', number: 1, body: '', state: 'open' as const }
        const kept = (ours: string) =>
          factsOf({ ...base, labels: [...labels, ours] }, TRIGGER).labels.filter((label) => !isOurs(label, TRIGGER))
        expect(kept(TRIGGER)).toEqual(kept('ai-in-progress'))
      }),
    )
  })
})

describe('a body', () => {
  it('is the same as itself and no other, wherever it lives', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(sameBody(bodyOf(one), bodyOf(one))).toBe(true)
        expect(sameBody(bodyOf(one), bodyOf(other))).toBe(one === other)
      }),
    )
  })

  it('comes back as it was, short or long', async () => {
    const { queue, store } = await aQueue()
    const bodies = ['', 'short', 'x'.repeat(256), 'x'.repeat(257), '🚢'.repeat(30_000), 'a\0b']
    for (const [at, body] of bodies.entries()) {
      const facts = { title: 't', labels: [], priority: 'medium', author: 'a', association: 'NONE' } as const
      await queue.add(aKey(at + 1), { ...facts, created_at: at, updated_at: at }, body, 't')
      const job = await store.find(aKey(at + 1))
      expect(await store.body(job!)).toBe(body)
    }
  })
})

describe('a label', () => {
  it('is ours without regard to case', () => {
    expect(['AI-READY', 'Ai-Failed', 'ai-completed'].every((label) => isOurs(label, TRIGGER))).toBe(true)
    expect(isOurs('ai-ready-2', TRIGGER)).toBe(false)
    expect(carries(['Needs-Clarification'], 'needs-clarification')).toBe(true)
  })
})

describe('an issue written to do harm', () => {
  const hostile: readonly [string, { title: string; body: string; labels: readonly string[] }][] = [
    ['a title of 256 emoji', { title: '🚢'.repeat(256), body: '', labels: [] }],
    ['65,536 characters', { title: 'Long', body: '漢'.repeat(65_536), labels: [] }],
    ['a hundred labels', { title: 'Many', body: '', labels: Array.from({ length: 100 }, (_, n) => `label-${n} 漢漢`) }],
    ['NUL and half a surrogate pair', { title: 'a\0b\ud83d', body: 'c\0d\udea2'.repeat(90), labels: ['x'] }],
    ['$(curl x) `id` ../ -oProxy \u202e', { title: '$(curl x) `id` ../ -oProxy \u202e', body: '`id`', labels: [] }],
    [
      'all of it',
      { title: '🚢'.repeat(256), body: '漢'.repeat(85), labels: Array.from({ length: 100 }, (_, n) => `n${n}`) },
    ],
  ]

  it.each(hostile)('with %s is queued on a ticket below 1 KB, once', async (_, { title, body, labels }) => {
    const { issue, poll, catchUp, job, table, units, ask, labelsOf } = await aJourney()
    const number = issue(title, { body, labels: [TRIGGER, ...labels] })
    await poll()
    await catchUp()
    expect(await poll()).toMatchObject({ refreshed: 0 })

    const meter = units()
    const { items } = await table.query({ pk: 'READY', limit: 10 })
    await table.put(items[0]!)
    expect(meter.totals().writes).toBe(1)
    expect(items).toHaveLength(1)

    const answer = await ask('w1')
    expect(answer.kind === 'work' && answer.body).toBe(body.toWellFormed().replaceAll('\0', ''))
    expect((await job(number))?.facts.title.isWellFormed()).toBe(true)
    expect(labelsOf(number)).toHaveLength(labels.length + 1)
  })
})
