import { describe, expect, it } from 'vitest'
import { recorded } from '#test/helpers/upstream-recordings'
import { aClient, aScene, aServer } from './helpers.ts'

const whole = recorded('chronicle', 'POST /v1/notes/decision_audit').send as object
const note = { ...whole, audit_id: 'd-1', project_id: 'P1' }

describe('a decision note', () => {
  it('is written once, however often it is told', async () => {
    const { upstream, standIn } = await aScene()

    const first = await upstream.noteDecision(note)
    const again = await upstream.noteDecision(note)

    expect(again).toEqual(first)
    expect(standIn.store.notes('decision_audit', 'P1').map(({ note_id }) => note_id)).toEqual([first.note_id])
  })

  it('whose answer was lost is found again instead of written again', async () => {
    const { upstream, standIn } = await aScene()
    standIn.fail('chronicle', { dropReply: true })
    await expect(upstream.noteDecision(note)).rejects.toMatchObject({ code: 'upstream_unavailable' })

    const found = await upstream.noteDecision(note)

    expect(standIn.store.notes('decision_audit', 'P1').map(({ note_id }) => note_id)).toEqual([found.note_id])
  })

  it('that may still be on its way is waited for, then written again', async () => {
    const { upstream, standIn, clock } = await aScene()
    standIn.fail('chronicle', { status: 500 })
    await upstream.noteDecision(note).catch(() => undefined)

    await expect(upstream.noteDecision(note)).rejects.toMatchObject({ code: 'upstream_unavailable', retryAfter: 60 })
    clock.advance(60_000)
    await upstream.noteDecision(note)

    expect(standIn.store.notes('decision_audit', 'P1')).toHaveLength(1)
  })

  it('that surely never arrived is written at once', async () => {
    const { upstream, standIn } = await aScene()
    standIn.fail('chronicle', { status: 422 })
    await upstream.noteDecision(note).catch(() => undefined)

    await upstream.noteDecision(note)

    expect(standIn.store.notes('decision_audit', 'P1')).toHaveLength(1)
  })

  it('rather stands there twice than not at all where Chronicle cannot be asked', async () => {
    let posts = 0
    const urls = await aServer(({ method }, response) => {
      if (method === 'GET') return void response.writeHead(405).end('{"detail":"Method Not Allowed"}')
      posts += 1
      if (posts === 1) return void response.destroy()
      response.writeHead(201).end('{"note_id":"n-2"}')
    })
    const { upstream, clock } = aClient(urls)
    await upstream.noteDecision(note).catch(() => undefined)
    clock.advance(60_000)

    expect(await upstream.noteDecision(note)).toEqual({ note_id: 'n-2' })
  })

  it('needs an id', async () => {
    const { upstream } = await aScene()

    await expect(upstream.noteDecision({ project_id: 'P1' })).rejects.toMatchObject({ code: 'invalid' })
  })
})
