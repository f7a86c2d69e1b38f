import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { meter } from '#lib/store/client'
import { graphOf, mermaidOf } from '#lib/workflows/graph'
import { aRun, aWorld, complete, moved, withGate } from './helpers.ts'

describe('the list', () => {
  it('shows what is under way first, newest first, and then what ended, page by page', async () => {
    const { start, say, workflows, clock } = await aWorld()
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      await start(id)
      clock.advance(minutes(1))
    }
    await say('b', 'cancel')
    clock.advance(minutes(1))
    await say('a', 'phase_failed', { reason: 'x' })
    await say('a', 'phase_failed', { reason: 'x' })

    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await workflows.list({ limit: 2, cursor })
      expect(page.workflows.length).toBeLessThanOrEqual(2)
      seen.push(...page.workflows.map((one) => `${one.feature_id} ${one.state}`))
      cursor = page.next_cursor
    } while (cursor !== undefined)

    expect(seen).toEqual(['e PHASE_1', 'd PHASE_1', 'c PHASE_1', 'a FAILED', 'b CANCELLED'])
  })

  it('filters by state, definition and time', async () => {
    const { start, say, workflows, clock } = await aWorld()
    await start('old')
    await say('old', 'cancel')
    clock.advance(minutes(5))
    const since = clock.now()
    clock.advance(minutes(5))
    await start('gate')
    await say('gate', 'phase_complete')
    await start('hub', { definition: 'sdlc' })
    const names = async (wanted: Omit<Parameters<typeof workflows.list>[0], 'limit'>) =>
      (await workflows.list({ limit: 10, ...wanted })).workflows.map((one) => one.feature_id).toSorted()

    expect(await names({ state: 'GATE_1' })).toEqual(['gate'])
    expect(await names({ state: 'CANCELLED' })).toEqual(['old'])
    expect(await names({ definition: 'sdlc' })).toEqual(['hub'])
    expect(await names({ updated_after: since })).toEqual(['gate', 'hub'])
    expect(await names({ state: 'DONE' })).toEqual([])
  })

  it('of those under way costs the same however many have ended', async () => {
    const { start, say, workflows, client } = await aWorld()
    await start('open')
    const units = meter(client)
    await workflows.list({ limit: 50, state: 'PHASE_1' })
    const before = units.totals().reads
    await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        await start(`over-${i}`)
        await say(`over-${i}`, 'cancel')
      }),
    )
    units.reset()
    await workflows.list({ limit: 50, state: 'PHASE_1' })
    expect(units.totals().reads).toBe(before)
  })

  it('a run that failed, was reopened and failed again is listed once', async () => {
    const { start, say, workflows, clock } = await aWorld()
    await start('a')
    for (const round of [1, 2]) {
      await say('a', 'phase_failed', { reason: `x${round}` })
      await say('a', 'phase_failed', { reason: `y${round}` })
      clock.advance(minutes(1))
      if (round === 1) await say('a', 'retry', { actor: 'olga' })
    }
    const { workflows: all } = await workflows.list({ limit: 10 })
    expect(all.map((one) => one.state)).toEqual(['FAILED'])
  })

  it('takes no cursor of another list', async () => {
    const { workflows } = await aWorld()
    for (const cursor of ['x', Buffer.from('nowhere\n').toString('base64url'), 'ä'])
      await expect(workflows.list({ limit: 1, cursor })).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('the graph', () => {
  it('names every node and edge and where the run stands', () => {
    const graph = graphOf(moved(aRun(), [complete()]))
    expect(graph.current).toBe('GATE_1')
    expect(graph.nodes.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'IDLE done',
      'PHASE_1 done',
      'GATE_1 current',
      'PHASE_2 open',
      'DONE open',
      'FAILED open',
      'CANCELLED open',
    ])
    expect(graph.edges).toContainEqual({ from: 'GATE_1', to: 'PHASE_1', event: 'reject' })
    expect(graph.edges).toContainEqual({ from: 'PHASE_2', to: 'DONE', event: 'phase_complete' })
    expect(graph.edges).toContainEqual({ from: 'FAILED', to: 'PHASE_1', event: 'retry' })
    const ids = new Set(graph.nodes.map(({ id }) => id))
    expect(graph.edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true)
  })

  it('is Mermaid that no name of a gate can break', () => {
    const text = mermaidOf(graphOf(aRun(withGate({ name: 'Review" as X\n  click A "javascript:x"' }))))
    expect(text).toMatch(/^stateDiagram-v2\n/)
    expect(text).toContain('  class PHASE_1 current')
    expect(text.split('\n').filter((line) => line.includes('click'))).toHaveLength(1)
    expect(text).toContain('state "GATE_1: Review as X click A javascript x" as GATE_1')
  })
})
