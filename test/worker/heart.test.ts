import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import { fakeTime } from '#test/helpers/worker/time'
import { aLog } from '#test/helpers/worker/values'
import { type Stop, startHeart } from '#worker/heart'
import type { BeatAnswer } from '#worker/protocol'

function aHeart(answer: (beat: number, now: number) => BeatAnswer | Promise<BeatAnswer>) {
  const time = fakeTime()
  const began = time.clock.now()
  const beats: number[] = []
  const stops: (Stop & { at: number })[] = []
  const end = startHeart(
    {
      ...time,
      chance: () => 0.5,
      log: aLog().log,
      beat: async () => {
        beats.push(time.clock.now() - began)
        return answer(beats.length, time.clock.now())
      },
      stop: (stop) => void stops.push({ ...stop, at: time.clock.now() - began }),
    },
    { token: 1, ends_at: began + minutes(9) },
  )
  return { time, beats, stops, end }
}

const renewed = (now: number): BeatAnswer => ({ kind: 'renewed', lease: { token: 1, ends_at: now + minutes(9) } })

describe('the heart of a job', () => {
  it('beats at a third of the lease, for as long as it is renewed', async () => {
    const heart = aHeart((_, now) => renewed(now))
    await heart.time.advance(minutes(30))

    expect(heart.beats.slice(0, 3)).toEqual([minutes(3), minutes(6), minutes(9)])
    expect(heart.stops).toEqual([])
    heart.end()
  })

  it('stops the job when it is cancelled', async () => {
    const heart = aHeart(() => ({ kind: 'cancel', reason: 'issue closed' }))
    await heart.time.advance(minutes(30))

    expect(heart.beats).toHaveLength(1)
    expect(heart.stops).toMatchObject([{ why: 'cancelled' }])
  })

  it.each(['lease_lost', 'already_finished', 'conflict', 'not_found', 'gone'] as const)(
    'stops the job when the answer is %s',
    async (code) => {
      const heart = aHeart(() => Promise.reject(new AppError(code, 'no')))
      await heart.time.advance(minutes(30))

      expect(heart.beats).toHaveLength(1)
      expect(heart.stops).toMatchObject([{ why: 'lease_lost', at: minutes(3) }])
    },
  )

  it('stops the job before the lease ends when no beat gets through', async () => {
    const heart = aHeart(() => Promise.reject(new AppError('upstream_unavailable', 'down')))
    await heart.time.advance(minutes(30))

    expect(heart.stops).toEqual([{ why: 'lease_expired', grace: seconds(5), at: minutes(9) - seconds(5) }])
    expect(heart.beats.length).toBeGreaterThan(4)
  })

  it('stops the job even when a beat never comes back', async () => {
    const heart = aHeart(() => new Promise(() => undefined))
    await heart.time.advance(minutes(30))

    expect(heart.stops).toMatchObject([{ why: 'lease_expired' }])
  })

  it('goes on after an outage shorter than the lease', async () => {
    const heart = aHeart((beat, now) =>
      beat < 4 ? Promise.reject(new AppError('upstream_unavailable', 'down')) : renewed(now),
    )
    await heart.time.advance(minutes(30))

    expect(heart.stops).toEqual([])
    heart.end()
  })

  it('notices at once that it slept past the end of its lease', async () => {
    const heart = aHeart(() => new Promise(() => undefined))
    heart.time.jump(minutes(20))
    await heart.time.advance(minutes(10))

    expect(heart.stops).toMatchObject([{ why: 'lease_expired' }])
  })

  it('says nothing any more once it was ended', async () => {
    const heart = aHeart(() => ({ kind: 'cancel', reason: 'late' }))
    heart.end()
    await heart.time.advance(minutes(30))

    expect(heart.stops).toEqual([])
    expect(heart.beats).toEqual([])
  })
})
