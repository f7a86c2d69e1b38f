import { describe, expect, it } from 'vitest'
import { hours, minutes, seconds } from '#lib/clock'
import { createLimits } from '#sandbox/github/http/limits'
import { aClock } from '#test/helpers/clock'
import { ACME, aGitHub, send } from './helpers.ts'
import { expectAsDescribed } from './openapi.ts'

/** Within a second, to see that GitHub's times are whole ones. */
const START = Date.parse('2026-01-31T08:00:00.750Z')

describe('the secondary limit', () => {
  it('refuses the write too many, says when to come back, and keeps its word', async () => {
    const clock = aClock(START)
    const github = await aGitHub({ clock, limits: { contentPerMinute: 3 } })
    github.seed.issue({ repository: ACME, title: 'one' })
    const comment = () => send(github, 'POST', `/repos/${ACME}/issues/1/comments`, { body: 'Aye.' })
    for (const _ of [1, 2, 3]) expect((await comment()).status).toBe(201)
    clock.advance(seconds(20))

    const refused = await comment()
    const read = await send(github, 'GET', `/repos/${ACME}/issues/1/comments`)
    clock.advance(seconds(40))
    const later = await comment()

    expect(refused.status).toBe(403)
    expect(refused.headers.get('retry-after')).toBe('40')
    expect(await expectAsDescribed('POST /repos/{owner}/{repo}/issues', refused)).toMatchObject({
      message: expect.stringContaining('secondary rate limit'),
      documentation_url: expect.stringContaining('secondary-rate-limits'),
    })
    expect(await read.json()).toHaveLength(3)
    expect(later.status).toBe(201)
  })

  it('counts the hour apart from the minute, and each caller apart from the others', () => {
    const clock = aClock(START)
    const limits = createLimits(clock, { contentPerMinute: 2, contentPerHour: 3 })

    const waits = ['ada', 'ada', 'ada', 'bob'].map((caller) => limits.write(caller))
    clock.advance(minutes(2))
    const third = limits.write('ada')
    const fourth = limits.write('ada')

    expect(waits).toEqual([0, 0, 60, 0])
    expect([third, fourth]).toEqual([0, 58 * 60])
  })
})

describe('the primary limit', () => {
  it('is told with every answer, shuts when spent and opens after the hour', async () => {
    const clock = aClock(START)
    const github = await aGitHub({ clock, limits: { primaryPerHour: 2 } })
    const read = () => send(github, 'GET', `/repos/${ACME}/issues`)

    const first = await read()
    await read()
    const refused = await read()
    const asked = await send(github, 'GET', '/rate_limit')
    clock.advance(hours(1))
    const reopened = await read()

    expect(Object.fromEntries(first.headers)).toMatchObject({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'x-ratelimit-used': '1',
      'x-ratelimit-reset': String(Date.parse('2026-01-31T09:00:01Z') / 1000),
      'x-ratelimit-resource': 'core',
    })
    expect(refused.status).toBe(403)
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(await asked.json()).toMatchObject({ rate: { remaining: 0, used: 2 } })
    expect(reopened.status).toBe(200)
  })
})
