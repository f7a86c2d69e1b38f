import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { hours, seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import { createIdempotency } from '#lib/http/idempotency'
import type { Table } from '#lib/store/table'
import { aClock } from '#test/helpers/clock'
import { aTable } from '#test/helpers/dynamodb'
import { aContext, aLog, aStack, type RequestOptions, send, tokenOf } from '#test/helpers/http'

/** A route that pays money, so that doing it twice shows. */
async function aPaymentRoute(change: (table: Table) => Table = (table) => table) {
  const clock = aClock()
  const { log, lines } = aLog()
  let claims = 0
  const ids = { uuid: () => `claim-${++claims}`, secret: () => '' }
  const table = change((await aTable()).table)
  const { api } = aStack({ clock, idempotency: createIdempotency({ table, clock, ids, log }) })
  const state: { paid: number; during: () => Promise<unknown> } = { paid: 0, during: async () => undefined }
  const body = z.object({ amount: z.number(), to: z.string().default('ann') })
  const route = { scope: 'operator', body, idempotent: true } as const
  const handler = api(route, async ({ body }) => {
    state.paid += 1
    await state.during()
    return { receipt: state.paid, amount: body.amount }
  })
  const pay = (options: RequestOptions = {}, context = aContext()) =>
    send(
      handler,
      {
        route: 'POST /payments',
        headers: { 'idempotency-key': 'k1' },
        body: { amount: 5 },
        told: tokenOf('ann', 'operator'),
        ...options,
      },
      context,
    )
  return { pay, state, clock, lines }
}

describe('a request with an Idempotency-Key', () => {
  it('is done once and answered the same each time, marked as a repeat', async () => {
    const { pay, state } = await aPaymentRoute()

    const first = await pay()
    const second = await pay()

    expect(second.body).toEqual(first.body)
    expect(second.status).toBe(200)
    expect(first.headers['idempotency-replayed']).toBeUndefined()
    expect(second.headers['idempotency-replayed']).toBe('true')
    expect(state.paid).toBe(1)
  })

  it('is the same request however its members are ordered and defaults are spelt', async () => {
    const { pay, state } = await aPaymentRoute()
    await pay({ body: '{"amount":5,"to":"ann"}' })
    await pay({ body: '{"to":"ann","amount":5}' })
    await pay({ body: '{"amount":5}' })
    expect(state.paid).toBe(1)
  })

  it('is refused with 422 when the key belongs to another request', async () => {
    const { pay, state } = await aPaymentRoute()
    await pay()
    expect(await pay({ body: { amount: 6 } })).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } })
    expect(state.paid).toBe(1)
  })

  it('is refused with 409 while the first is under way', async () => {
    const { pay, state } = await aPaymentRoute()
    let meanwhile: Awaited<ReturnType<typeof pay>> | undefined
    state.during = async () => {
      state.during = async () => undefined
      meanwhile = await pay()
    }
    await pay()

    expect(meanwhile).toMatchObject({ status: 409, body: { code: 'idempotency_in_progress' } })
    expect(meanwhile?.headers['retry-after']).toBe('2')
    expect(state.paid).toBe(1)
  })

  it('is done once when twenty arrive at the same moment', async () => {
    const { pay, state } = await aPaymentRoute()
    const answers = await Promise.all(Array.from({ length: 20 }, () => pay()))
    expect(state.paid).toBe(1)
    expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 409)).toEqual([])
  })

  it('belongs to its caller and its route', async () => {
    const { pay, state } = await aPaymentRoute()
    await pay()
    await pay({ told: tokenOf('bob', 'operator') })
    await pay({ route: 'POST /refunds' })
    expect(state.paid).toBe(3)
  })

  it('may be tried again after a failure', async () => {
    const { pay, state } = await aPaymentRoute()
    state.during = () => Promise.reject(new AppError('upstream_unavailable', 'The bank is closed.'))
    expect(await pay()).toMatchObject({ status: 503 })
    state.during = async () => undefined
    expect(await pay()).toMatchObject({ status: 200 })
  })

  it('is forgotten after a day', async () => {
    const { pay, state, clock } = await aPaymentRoute()
    await pay()
    clock.advance(hours(24) + seconds(2))
    await pay()
    expect(state.paid).toBe(2)
  })

  it.each([
    ['x'.repeat(256), 422],
    ['', 422],
    ['a\u0007b', 422],
    ['ä', 422],
    ['x'.repeat(255), 200],
  ])('takes printable keys of 1–255 characters only: %j', async (key, status) => {
    const { pay } = await aPaymentRoute()
    expect(await pay({ headers: { 'idempotency-key': key } })).toMatchObject({ status })
  })

  it('is optional: without a key nothing is kept', async () => {
    const { pay, state } = await aPaymentRoute()
    await pay({ headers: {} })
    await pay({ headers: {} })
    expect(state.paid).toBe(2)
  })
})

describe('a function killed in the middle', () => {
  it.each([0, -5, 10_000, 900_000])(
    'blocks its key for half a minute at most, with %i ms left when it began',
    async (remainingMs) => {
      const { pay, state, clock } = await aPaymentRoute()
      state.during = () => new Promise(() => undefined)
      void pay({}, { ...aContext(), getRemainingTimeInMillis: () => remainingMs })
      await expect.poll(() => state.paid).toBe(1)
      state.during = async () => undefined

      clock.advance(seconds(32))
      expect(await pay({ body: { amount: 6 } })).toMatchObject({ status: 422 })
      expect(await pay()).toMatchObject({ status: 200, body: { receipt: 2 } })
    },
  )

  it('that comes to life late keeps its answer to itself', async () => {
    const { pay, state, clock } = await aPaymentRoute()
    let wake: () => void = () => undefined
    state.during = () =>
      new Promise<void>((resolve) => {
        wake = resolve
      })
    const late = pay()
    await expect.poll(() => state.paid).toBe(1)
    state.during = async () => undefined
    clock.advance(seconds(32))
    await pay()
    wake()
    await late

    expect(await pay()).toMatchObject({ status: 200, body: { receipt: 2 } })
  })
})

describe('a store that fails', () => {
  it('whose first reply was lost does not lock the request out of its own claim', async () => {
    const { pay, state } = await aPaymentRoute((table) => ({
      ...table,
      // The write got through, its reply did not, and the client wrote again: the condition now meets our own item.
      put: async (item, condition) => {
        await table.put(item, condition)
        return table.put(item, condition)
      },
    }))
    expect(await pay()).toMatchObject({ status: 200 })
    expect(state.paid).toBe(1)
  })

  it('before the work stops it; after the work the answer is given all the same', async () => {
    const outage = new AppError('unavailable', 'The store is busy.', { retryAfter: 2 })
    let up = false
    const { pay, state, lines } = await aPaymentRoute((table) => ({
      ...table,
      put: (item, condition) => (up ? table.put(item, condition) : Promise.reject(outage)),
    }))
    expect(await pay()).toMatchObject({ status: 503 })
    expect(state.paid).toBe(0)

    up = true
    state.during = async () => {
      up = false
    }
    expect(await pay()).toMatchObject({ status: 200, body: { receipt: 1 } })
    expect(lines).toMatchObject([{ level: 'warn', facts: { error: outage } }])
  })
})
