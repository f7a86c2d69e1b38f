import { describe, expect, it } from 'vitest'
import { hours, minutes } from '#lib/clock'
import { TOKEN } from '#lib/github/debts'
import type { Standing } from '#lib/github/ports'
import { isNews, standingOf, writeHealth } from '#lib/github/standing'
import { anOwedWrite } from '#test/contracts/write-ledger'

const NOW = Date.parse('2026-03-02T08:00:00Z')
const WELL: Standing = { at: NOW, owed: 0, oldest: null, rests: {}, retrying: 0, refused: 0, named: [] }
const rest = (error: string, since = NOW) => ({ refusals: 1, until: NOW + minutes(1), error, since })
const told = (over: Partial<Standing>, now = NOW) => writeHealth({ ...WELL, ...over }, now)
const locked = (number: number) => ({ repository: 'acme/shop', number, error: 'issue is locked' })

describe('what health says of the writes to GitHub', () => {
  it.each<[string, Partial<Standing>, boolean, string]>([
    ['nothing is owed', {}, true, 'No write is owed.'],
    ['one is owed', { owed: 1, oldest: NOW }, true, '1 write is owed, the oldest for less than a minute.'],
    ['some wait', { owed: 9, oldest: NOW - minutes(29) }, true, '9 writes are owed, the oldest for 29 minutes.'],
    ['they are late', { owed: 9, oldest: NOW - hours(3) }, false, 'the oldest for 3 hours. They are late'],
    [
      'the token is refused',
      { rests: { [TOKEN]: rest('bad token.') } },
      false,
      'The token: every write is refused: bad',
    ],
    [
      'an issue is refused',
      { retrying: 1, named: [locked(1)] },
      false,
      'refuses 1 issue, tried again later: acme/shop#1',
    ],
    ['debts are set aside', { refused: 2, named: [locked(1), locked(2)] }, false, '2 debts were refused too often'],
    ['one cannot be read', { unreadable: ['acme/shop#0000000007'] }, false, 'left alone: acme/shop#0000000007. Deploy'],
    ['very many are', { refused: 100, named: [locked(1)] }, false, 'At least 100 debts were refused'],
  ])('when %s', (_, standing, ok, detail) => {
    const health = told(standing)
    expect(health.ok).toBe(ok)
    expect(health.detail).toContain(detail)
  })

  it('names three repositories that refuse, the oldest trouble first, and counts the rest', () => {
    const rests = Object.fromEntries([4, 3, 2, 1].map((n) => [`acme/r${n}`, rest('no right.', NOW - n)]))
    const { detail } = told({ rests })
    expect(detail.match(/acme\/r\d/g)).toEqual(['acme/r4', 'acme/r3', 'acme/r2'])
    expect(detail).toContain('1 more repository refuses writes.')
  })

  it('tells how old the oldest write is now, not how old it was at the last note', () => {
    const { ok, detail } = told({ owed: 1, oldest: NOW - minutes(27) }, NOW + minutes(4))
    expect(detail).toContain('the oldest for 31 minutes.')
    expect(ok).toBe(false)
  })

  it('ends what GitHub said with a full stop, so that it does not run into the next sentence', () => {
    const named = [{ ...locked(1), error: 'Validation Failed' }]
    expect(told({ refused: 1, named }).detail).toContain('Validation Failed. Mend the cause')
  })

  it('is that no flush ran, once fifteen should have', () => {
    expect(told({}, NOW + minutes(15))).toMatchObject({ ok: true })
    expect(told({}, NOW + minutes(15) + 1)).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^No flush since/),
    })
  })
})

describe('a standing', () => {
  it('is written down when it says something new, or the last one grew old', () => {
    const later = { ...WELL, at: NOW + minutes(4) }
    expect(isNews(undefined, WELL)).toBe(true)
    expect(isNews(WELL, later)).toBe(false)
    expect(isNews(WELL, { ...later, owed: 1 })).toBe(true)
    expect(isNews(WELL, { ...WELL, at: NOW + minutes(5) })).toBe(true)
  })

  it('names what was set aside before what is tried again', () => {
    const trouble = { refusals: 1, failures: 0, not_before: 0, error: 'issue is locked', since: 0 }
    const owed = [anOwedWrite({ number: 1, trouble, owed_since: 5 }), anOwedWrite({ number: 2, owed_since: 3 })]
    const refused = [{ write: anOwedWrite({ number: 9, trouble }), at: NOW }]
    expect(standingOf(NOW, { owed, rests: {}, refused })).toMatchObject({
      ...{ owed: 2, oldest: 3, retrying: 1, refused: 1 },
      named: [{ number: 9 }, { number: 1 }],
    })
  })
})
