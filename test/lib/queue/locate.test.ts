import { describe, expect, it } from 'vitest'
import { createLocate } from '#lib/queue/locate'
import { aKey, aQueue, aReport, someFacts } from '#test/helpers/queue'

const TWO = ['acme/shop', 'acme/till']

async function twoShops() {
  const crew = await aQueue({ repositories: TWO })
  const { locate } = createLocate({ store: crew.store, repositories: async () => TWO })
  for (const repository of TWO) await crew.queue.add(aKey(1, repository), someFacts(1), '', 't')
  await crew.queue.add(aKey(2, 'acme/till'), someFacts(2), '', 't')
  const said = { worker: 'w1', number: 1, repository: undefined, token: undefined }
  return { ...crew, locate, said }
}

describe('a report that leaves something out', () => {
  it('means the job its worker was given last', async () => {
    const { locate, said, lease } = await twoShops()
    const { repository, token } = await lease('w1')

    expect(await locate(said)).toEqual({ key: { repository, number: 1 }, token })
    expect(await locate({ ...said, token: 7 })).toEqual({ key: { repository, number: 1 }, token: 7 })
    expect(await locate({ ...said, repository })).toEqual({ key: { repository, number: 1 }, token })
  })

  it('is taken by its word when it says everything', async () => {
    const { locate, said } = await twoShops()

    expect(await locate({ ...said, repository: 'x/y', token: 3 })).toEqual({
      key: { repository: 'x/y', number: 1 },
      token: 3,
    })
  })

  it('by a stranger means the only job of that number', async () => {
    const { locate, said, lease } = await twoShops()
    await lease('w1')

    expect(await locate({ ...said, number: 2 })).toEqual({ key: aKey(2, 'acme/till'), token: undefined })
    expect(await locate({ ...said, repository: 'acme/till', number: 2 })).toMatchObject({ token: undefined })
  })

  it('is asked for the repository when several have that number', async () => {
    const { locate, said } = await twoShops()

    await expect(locate(said)).rejects.toMatchObject({ code: 'ambiguous', details: { repositories: TWO } })
  })

  it('is refused when nobody knows that number', async () => {
    const { locate, said } = await twoShops()

    await expect(locate({ ...said, number: 404 })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('heartbeats the job its worker holds, also where two repositories have that number', async () => {
    const { queue, lease } = await twoShops()
    const { token, repository } = await lease('w1')
    const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
    const beat = { worker: 'w1', number: 1, repository: undefined, token, usage, correlation_id: 't' }

    expect(await queue.heartbeat(beat)).toMatchObject({ job: { key: { repository } }, cancel: null })
    await queue.report(aReport({ worker: 'w1', number: 1, kind: 'completed', repository: undefined }))
    await expect(queue.heartbeat(beat)).rejects.toMatchObject({ code: 'lease_lost' })
  })
})
