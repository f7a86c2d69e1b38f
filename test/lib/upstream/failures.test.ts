import { describe, expect, it } from 'vitest'
import { aClient, answering, aScene, aServer } from './helpers.ts'

describe('a call that only reads', () => {
  it('is repeated with growing pauses, of which chance takes a part', async () => {
    const { upstream, standIn, pauses } = await aScene()
    standIn.fail('sprint', { status: 502, times: 2 })

    expect(await upstream.sprints('P1')).toEqual([])

    expect(pauses).toEqual([200, 400])
  })

  it('is given up after two repeats', async () => {
    const { upstream, standIn } = await aScene()
    standIn.fail('sprint', { down: true, times: Infinity })

    await expect(upstream.sprints('P1')).rejects.toMatchObject({
      code: 'upstream_unavailable',
      details: { service: 'sprint', reason: 'cut' },
    })
    standIn.heal()
    expect(await upstream.sprints('P1')).toEqual([])
  })

  it('is repeated when nothing came in time', async () => {
    const { upstream, standIn } = await aScene({ attemptMs: 60 })
    standIn.fail('sprint', { hang: true, times: 1 })

    expect(await upstream.sprints('P1')).toEqual([])
  })

  it('is not repeated when the service said no', async () => {
    const { upstream, pauses } = aClient(await answering(422, { detail: [] }))

    await expect(upstream.sprints('P1')).rejects.toMatchObject({ details: { reason: 'refused', status: 422 } })

    expect(pauses).toEqual([])
  })

  it('tells how long to stay away when the service asks for it', async () => {
    const { upstream } = aClient(await answering(429, { detail: 'Slow down' }, { 'retry-after': '9' }))

    await expect(upstream.sprints('P1')).rejects.toMatchObject({ code: 'upstream_unavailable', retryAfter: 9 })
  })
})

describe('an answer', () => {
  const unreadable = { code: 'upstream_unavailable', details: { service: 'project', reason: 'unreadable' } }

  it('that is no JSON, or of another shape, cannot be read', async () => {
    for (const body of ['<html>Welcome</html>', '{"projects":', { id: 'P1' }, [{ name: 'no id' }], '']) {
      const { upstream } = aClient(await answering(200, body))
      await expect(upstream.projects()).rejects.toMatchObject(unreadable)
    }
  })

  it('that is no JSON says nothing, not even that a project is unknown', async () => {
    const { upstream } = aClient(await answering(404, '<html>No page here</html>'))

    await expect(upstream.project('P1')).rejects.toMatchObject(unreadable)
  })

  it('larger than a megabyte is not read to its end', async () => {
    let sent = 0
    const urls = await aServer((_request, response) => {
      const chunk = Buffer.alloc(256 * 1024, ' ')
      const pour = (): void => {
        while (!response.destroyed && sent < 400 * chunk.length) {
          sent += chunk.length
          if (!response.write(chunk)) return void response.once('drain', pour)
        }
      }
      pour()
    })
    const { upstream } = aClient(urls, { attemptMs: 5000 })

    await expect(upstream.projects()).rejects.toMatchObject(unreadable)

    expect(sent).toBeLessThan(100 * 1024 * 1024)
  })

  it('that leads elsewhere is not followed', async () => {
    const asked: unknown[] = []
    const urls = await aServer(({ url }, response) => {
      asked.push(url)
      response.writeHead(302, { location: 'http://127.0.0.1:9/secrets' }).end()
    })
    const { upstream } = aClient(urls)

    await expect(upstream.projects()).rejects.toMatchObject({ details: { reason: 'refused', status: 302 } })

    expect(asked).toEqual(['/projects'])
  })
})

describe('the circuit of a service', () => {
  const down = { down: true, times: Infinity } as const

  it('opens after five outages in a row and says when to come again', async () => {
    const { upstream, standIn } = await aScene()
    standIn.fail('sprint', down)
    await upstream.sprints('P1').catch(() => undefined)

    // Two more outages, then it is open.
    await expect(upstream.sprints('P1')).rejects.toMatchObject({ details: { reason: 'circuit_open' }, retryAfter: 5 })
    standIn.heal()

    await expect(upstream.sprints('P1')).rejects.toMatchObject({
      details: { service: 'sprint', reason: 'circuit_open' },
    })
    expect(await upstream.backlog('P1')).toMatchObject({ total_tasks: 0 })
  })

  it('closes again once one call went well', async () => {
    const { upstream, standIn, clock } = await aScene()
    standIn.fail('sprint', down)
    for (const _ of [1, 2]) await upstream.sprints('P1').catch(() => undefined)
    standIn.heal()

    clock.advance(5000)

    expect(await upstream.sprints('P1')).toEqual([])
    expect(await upstream.sprints('P1')).toEqual([])
  })

  it('rests twice as long when that call failed too', async () => {
    const { upstream, standIn, clock } = await aScene()
    standIn.fail('sprint', down)
    for (const _ of [1, 2]) await upstream.sprints('P1').catch(() => undefined)
    clock.advance(5000)

    await expect(upstream.sprints('P1')).rejects.toMatchObject({ retryAfter: 10 })
  })

  it('is never opened by a caller whose own deadline is over', async () => {
    const { upstream, standIn, clock } = await aScene({ attemptMs: 10_000, deadlineMs: 10_000 })
    standIn.fail('sprint', { hang: true, times: Infinity })
    for (let times = 0; times < 8; times += 1) {
      const impatient = upstream.onBehalfOf({ deadline: clock.now() + 20 })
      const outOfTime = { code: 'upstream_unavailable', details: { reason: 'out_of_time' } }
      await expect(impatient.sprints('P1')).rejects.toMatchObject(outOfTime)
      await expect(impatient.createSprint('P1', 'x', 1)).rejects.toMatchObject(outOfTime)
    }
    standIn.heal()

    expect(await upstream.sprints('P1')).toEqual([])
  })

  it('is opened by silence for the whole time of a call', async () => {
    const { upstream, standIn } = await aScene({ attemptMs: 20 })
    standIn.fail('sprint', { hang: true, times: Infinity })
    for (const _ of [1, 2]) await upstream.sprints('P1').catch(() => undefined)

    await expect(upstream.sprints('P1')).rejects.toMatchObject({ details: { reason: 'circuit_open' } })
  })

  it('is not opened by refusals, by unknown projects, or by projects that nothing is similar to', async () => {
    const { upstream, standIn } = await aScene()
    standIn.seed.project({ id: 'P1' })

    for (let times = 0; times < 8; times += 1) {
      await upstream.project('NOPE').catch(() => undefined)
      await upstream.history('P1')
      await upstream.createSprint('NOPE', 'x', 1).catch(() => undefined)
    }

    expect(await upstream.project('P1')).toMatchObject({ id: 'P1' })
    expect(await upstream.sprints('P1')).toEqual([])
  })
})
