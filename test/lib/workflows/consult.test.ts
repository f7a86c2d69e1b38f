import { describe, expect, it } from 'vitest'
import { aWorld } from './helpers.ts'

const inquiry = {
  topic: 'architecture',
  question: 'One table or several?',
  context: 'small team',
  actor: 'w1',
} as const
const human = (action: 'confirm' | 'correct' | 'add_context', response?: string) => ({
  action,
  response,
  responder: 'bob',
})

describe('a consultation', () => {
  it('stores the question and the answer with the run, and is paid for once', async () => {
    const { start, workflows, hub } = await aWorld()
    await start('a')
    const first = await workflows.consult('a', inquiry)
    const again = await workflows.consult('a', inquiry)

    expect(first).toMatchObject({
      fresh: true,
      view: { status: 'resolved', answer: 'Use one table.', confidence: 90, asked_by: 'w1' },
    })
    expect(again).toEqual({ ...first, fresh: false })
    expect(hub.questions).toHaveLength(1)
    expect((await workflows.view('a')).consultations).toEqual([first.view])
  })

  it.each([
    ['architecture', 79, 'pending_human'],
    ['architecture', 80, 'resolved'],
    ['security', 94, 'pending_human'],
    ['security', 95, 'resolved'],
  ] as const)('on %s with %i of confidence is %s', async (topic, confidence, status) => {
    const { start, workflows, hub } = await aWorld()
    await start('a')
    hub.answer({ confidence })
    const { view } = await workflows.consult('a', { ...inquiry, topic })
    expect(view.status).toBe(status)
    expect(view.escalation_id === null).toBe(status === 'resolved')
  })

  it('asks again by the same key when the hub was away', async () => {
    const { start, workflows, hub } = await aWorld()
    await start('a')
    hub.answer('away')
    await expect(workflows.consult('a', inquiry)).rejects.toMatchObject({ code: 'upstream_unavailable' })
    expect((await workflows.view('a')).consultations).toMatchObject([{ status: 'asked', answer: null }])
    hub.answer({})
    expect((await workflows.consult('a', inquiry)).view.status).toBe('resolved')
    expect(new Set(hub.questions.map(({ key }) => key)).size).toBe(1)
  })

  it('that many ask at once is one consultation', async () => {
    const { start, workflows } = await aWorld()
    await start('a')
    const all = await Promise.all(Array.from({ length: 10 }, () => workflows.consult('a', inquiry)))
    expect(new Set(all.map(({ view }) => view.id)).size).toBe(1)
    expect((await workflows.view('a')).consultations).toHaveLength(1)
  })
})

describe('a human', () => {
  async function aDoubt(escalation_id: string | null = 'esc-1') {
    const world = await aWorld()
    await world.start('a')
    world.hub.answer({
      confidence: 40,
      status: 'pending_human',
      escalation_id,
      uncertainty_reasons: ['no load figures'],
    })
    const { view } = await world.workflows.consult('a', inquiry)
    return { ...world, id: view.id }
  }

  it('confirms or corrects, once, and the hub is told', async () => {
    const { workflows, id, hub } = await aDoubt()
    hub.answer({})
    const view = await workflows.answer('a', id, human('correct', 'Several.'))
    expect(view).toMatchObject({
      status: 'resolved',
      answer: 'Several.',
      human: { action: 'correct', responder: 'bob' },
    })
    expect(hub.told).toEqual([{ id: 'esc-1', action: 'correct' }])
    await expect(workflows.answer('a', id, human('confirm'))).rejects.toMatchObject({ code: 'conflict' })
  })

  it('answers once, however many do at the same time', async () => {
    const { workflows, id } = await aDoubt()
    const all = await Promise.allSettled(
      [1, 2, 3].map((n) => workflows.answer('a', id, human('correct', `Answer ${n}`))),
    )
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('adds context, and the expert is asked once more', async () => {
    const { workflows, id, hub } = await aDoubt(null)
    hub.answer({ confidence: 93, answer: 'Then one.' })
    expect(await workflows.answer('a', id, human('add_context', 'Ten requests a day.'))).toMatchObject({
      status: 'resolved',
      answer: 'Then one.',
      confidence: 93,
    })
    expect(hub.questions[1]?.context).toContain('Ten requests a day.')
    expect(hub.told).toEqual([])
  })

  it('is heard even when the hub cannot be told', async () => {
    const { workflows, id, hub, warnings } = await aDoubt()
    hub.answer('away')
    expect(await workflows.answer('a', id, human('confirm'))).toMatchObject({
      status: 'resolved',
      answer: 'Use one table.',
    })
    expect(warnings).toEqual(['the agent hub was not told of an answer'])
  })

  it('is told what there is not', async () => {
    const { workflows } = await aDoubt()
    await expect(workflows.answer('a', '0'.repeat(16), human('confirm'))).rejects.toMatchObject({ code: 'not_found' })
    await expect(workflows.answer('b', '0'.repeat(16), human('confirm'))).rejects.toMatchObject({ code: 'not_found' })
  })
})
