import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/errors'
import { briefSleep } from '#test/helpers/worker/time'
import { aLog } from '#test/helpers/worker/values'
import { deliver } from '#worker/deliver'

const down = (retryAfter?: number) =>
  new AppError('upstream_unavailable', 'down', retryAfter === undefined ? {} : { retryAfter })

function aDelivery(...answers: (AppError | 'ok')[]) {
  const { sleep, slept } = briefSleep()
  const stopping = new AbortController()
  const sent = { times: 0 }
  const send = async () => {
    const answer = answers[Math.min(sent.times, answers.length - 1)]
    sent.times += 1
    if (answer instanceof AppError) throw answer
  }
  const ports = { sleep, chance: () => 1, log: aLog().log }
  return {
    slept,
    sent,
    stopping,
    run: (tries?: number) => deliver(ports, send, { stopping: stopping.signal, ...(tries ? { tries } : {}) }),
  }
}

describe('a delivery', () => {
  it('is repeated with growing waits until it is acknowledged', async () => {
    const delivery = aDelivery(down(), down(), down(), 'ok')

    expect(await delivery.run()).toEqual({ kind: 'acknowledged' })
    expect(delivery.slept).toEqual([1000, 2000, 4000])
  })

  it('never comes before the time it was asked to wait', async () => {
    const delivery = aDelivery(down(90), 'ok')
    await delivery.run()

    expect(delivery.slept[0]).toBeGreaterThanOrEqual(90_000)
  })

  it.each(['lease_lost', 'forbidden', 'invalid', 'not_found'] as const)('is given up on %s', async (code) => {
    const delivery = aDelivery(new AppError(code, 'no'))

    expect(await delivery.run()).toMatchObject({ kind: 'refused', error: { code } })
    expect(delivery.sent.times).toBe(1)
  })

  it('has one more try when the worker is stopping', async () => {
    const delivery = aDelivery(down())
    delivery.stopping.abort()

    expect(await delivery.run()).toEqual({ kind: 'interrupted' })
    expect(delivery.sent.times).toBe(1)
  })

  it('has as many tries as it was given, stopping or not', async () => {
    const delivery = aDelivery(down())
    delivery.stopping.abort()

    expect(await delivery.run(3)).toEqual({ kind: 'interrupted' })
    expect(delivery.sent.times).toBe(3)
  })
})
