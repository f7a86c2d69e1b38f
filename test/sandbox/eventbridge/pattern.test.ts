import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkPattern, type JsonObject, matches, matchesWildcard } from '#sandbox/eventbridge/pattern'

const event: JsonObject = {
  source: 'coxswain',
  'detail-type': 'WORK_COMPLETED',
  resources: ['a', 'b'],
  detail: {
    seq: 3,
    worker_id: null,
    entity: { kind: 'issue', id: 'acme/shop#7' },
    steps: [{ ok: true }, { ok: false }],
  },
}

describe('a pattern', () => {
  it.each<[string, JsonObject, boolean]>([
    ['a value', { source: ['coxswain'] }, true],
    ['another value', { source: ['other'] }, false],
    ['one of several', { 'detail-type': ['WORK_FAILED', 'WORK_COMPLETED'] }, true],
    ['all fields', { source: ['coxswain'], 'detail-type': ['WORK_FAILED'] }, false],
    ['a field below', { detail: { entity: { kind: ['issue'] } } }, true],
    ['null', { detail: { worker_id: [null] } }, true],
    ['a number', { detail: { seq: [3] } }, true],
    ['a member of a list', { resources: ['b'] }, true],
    ['an object of a list', { detail: { steps: { ok: [false] } } }, true],
    ['a prefix', { 'detail-type': [{ prefix: 'WORK_' }] }, true],
    ['a prefix in any case', { 'detail-type': [{ prefix: { 'equals-ignore-case': 'work_' } }] }, true],
    ['a suffix', { 'detail-type': [{ suffix: '_COMPLETED' }] }, true],
    ['any case', { source: [{ 'equals-ignore-case': 'COXSWAIN' }] }, true],
    ['a wildcard', { detail: { entity: { id: [{ wildcard: 'acme/*#*' }] } } }, true],
    ['anything but', { source: [{ 'anything-but': 'coxswain' }] }, false],
    ['anything but a list', { 'detail-type': [{ 'anything-but': ['WORK_LEASED', 'WORK_FAILED'] }] }, true],
    ['anything but a prefix', { 'detail-type': [{ 'anything-but': { prefix: 'WORK_' } }] }, false],
    ['anything but prefixes', { 'detail-type': [{ 'anything-but': { prefix: ['CRON', 'SPRINT'] } }] }, true],
    ['anything but what is absent', { missing: [{ 'anything-but': 'x' }] }, false],
    ['numbers', { detail: { seq: [{ numeric: ['>', 0, '<=', 3] }] } }, true],
    ['other numbers', { detail: { seq: [{ numeric: ['>', 3] }] } }, false],
    ['presence', { detail: { seq: [{ exists: true }] } }, true],
    ['absence', { detail: { nothing: { here: [{ exists: false }] } } }, true],
    ['either', { $or: [{ source: ['other'] }, { detail: { seq: [3] } }] }, true],
    ['what every object has by birth', { constructor: [{ exists: true }] }, false],
  ])('matches %s', (_, pattern, expected) => {
    expect(checkPattern(pattern)).toEqual({ ok: true })
    expect(matches(pattern, event)).toBe(expected)
  })

  it.each<[string, unknown]>([
    ['a bare value', { source: 'coxswain' }],
    ['an empty list', { source: [] }],
    ['an unknown operator', { source: [{ regex: '.*' }] }],
    ['two operators at once', { source: [{ prefix: 'a', suffix: 'b' }] }],
    ['half a comparison', { detail: { seq: [{ numeric: ['>'] }] } }],
    ['a list', []],
  ])('is refused for %s', (_, pattern) => {
    expect(checkPattern(pattern)).toMatchObject({ ok: false })
  })

  it('never throws, whatever it or the event is', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (one, two) => {
          expect(typeof matches(one as JsonObject, two as JsonObject)).toBe('boolean')
          expect(typeof checkPattern(one).ok).toBe('boolean')
        },
      ),
    )
  })

  it('matches wildcards as a regular expression would', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), text, (value, wildcard) => {
        const pattern = new RegExp(`^${wildcard.replaceAll('*', '.*')}$`)
        expect(matchesWildcard(value, wildcard)).toBe(pattern.test(value))
      }),
    )
  })
})
