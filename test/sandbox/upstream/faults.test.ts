import { describe, expect, it } from 'vitest'
import { recorded } from '#test/helpers/upstream-recordings'
import { aStandIn, send } from './helpers.ts'

describe('a fault on order', () => {
  it('is of one service and leaves the others alone', async () => {
    const { urls, fail, heal } = await aStandIn()
    fail('backlog', { status: 503, times: Infinity, retryAfter: 7 })

    const backlog = await fetch(`${urls.backlog}/backlogs/P1`)
    expect([backlog.status, backlog.headers.get('retry-after')]).toEqual([503, '7'])
    expect((await send(`${urls.sprint}/sprints/by-project/P1`)).status).toBe(200)

    heal('backlog')
    expect((await send(`${urls.backlog}/backlogs/P1`)).status).toBe(200)
  })

  it('is down, silent, wordy, late, or says nothing of what it did', async () => {
    const { urls, fail, store } = await aStandIn()
    const list = `${urls.project}/projects`

    fail('project', { down: true })
    await expect(fetch(list)).rejects.toThrow()
    fail('project', { hang: true })
    await expect(fetch(list, { signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: 'TimeoutError' })
    fail('project', { text: '<html>', status: 502 })
    expect(await (await fetch(list)).text()).toBe('<html>')
    fail('project', { delayMs: 5 })
    expect((await send(list)).status).toBe(200)
    fail('chronicle', { dropReply: true })
    const whole = recorded('chronicle', 'POST /v1/notes/decision_audit').send as object
    const note = { ...whole, audit_id: 'a1', project_id: 'P1' }
    await expect(send(`${urls.chronicle}/v1/notes/decision_audit`, 'POST', note)).rejects.toThrow()

    expect(store.notes('decision_audit', 'P1')).toHaveLength(1)
  })

  it('is ordered over HTTP as well, and counted', async () => {
    const { url, urls, stats } = await aStandIn()
    const order = { service: 'sprint', match: { method: 'GET', path: 'by-project' }, until_healed: true, status: 500 }

    await send(`${url}/_stand_in/faults`, 'POST', order)
    const failed = await send(`${urls.sprint}/sprints/by-project/P1`)
    await send(`${url}/_stand_in/faults`, 'DELETE')
    await send(`${urls.sprint}/sprints/by-project/P1`)

    expect(failed).toEqual({ status: 500, body: { detail: 'Internal Server Error' } })
    expect(stats()).toMatchObject({
      calls: { 'sprint GET /sprints/by-project/:project': 2 },
      statuses: { 'sprint 500': 1, 'sprint 200': 1 },
    })
    expect((await send(`${url}/_stand_in/stats`)).body).toEqual(stats())
  })

  it('is refused when it is none or several at once', async () => {
    const { url, fail } = await aStandIn()

    expect(() => fail('project', {})).toThrow('exactly one')
    expect(() => fail('project', { down: true, hang: true })).toThrow('exactly one')
    expect((await send(`${url}/_stand_in/faults`, 'POST', { service: 'project', delay: 1 })).status).toBe(422)
    expect((await send(`${url}/_stand_in/faults`, 'POST', { service: 'moon', status: 500 })).status).toBe(422)
  })
})
