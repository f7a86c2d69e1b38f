import { describe, expect, it } from 'vitest'
import { absent, unchangedSince } from '#lib/store/conditions'
import { aTable } from '#test/helpers/dynamodb'

describe('the table', () => {
  it('gives back what was put, and nothing for a key that was not', async () => {
    const { table } = await aTable()
    await table.put({ pk: 'a', sk: '1', word: 'oar' })

    expect(await table.get({ pk: 'a', sk: '1' }, { consistent: true })).toEqual({ pk: 'a', sk: '1', word: 'oar' })
    expect(await table.get({ pk: 'a', sk: '2' })).toBeUndefined()
  })

  it('refuses a write whose condition fails and shows the item that stood in the way', async () => {
    const { table } = await aTable()
    await table.put({ pk: 'a', sk: '1', version: 3 })

    expect(await table.put({ pk: 'a', sk: '1', version: 9 }, absent)).toEqual({
      kind: 'refused',
      current: { pk: 'a', sk: '1', version: 3 },
    })
    expect(await table.put({ pk: 'a', sk: '1', version: 4 }, unchangedSince(3))).toEqual({ kind: 'done' })
    expect(await table.remove({ pk: 'a', sk: '1' }, unchangedSince(3))).toMatchObject({ kind: 'refused' })
  })

  it('pages through a partition by an opaque cursor, which no other partition takes', async () => {
    const { table } = await aTable()
    for (const n of [1, 2, 3, 4, 5]) await table.put({ pk: 'a', sk: `x${n}`, n })

    const first = await table.query({ pk: 'a', prefix: 'x', limit: 2 })
    const second = await table.query({ pk: 'a', prefix: 'x', limit: 2, cursor: first.cursor })

    expect([...first.items, ...second.items].map((item) => item['n'])).toEqual([1, 2, 3, 4])
    await expect(table.query({ pk: 'b', limit: 2, cursor: first.cursor })).rejects.toMatchObject({ code: 'invalid' })
    await expect(table.query({ pk: 'a', limit: 2, cursor: '%%%' })).rejects.toMatchObject({ code: 'invalid' })
  })

  it('fetches many keys at once', async () => {
    const { table } = await aTable()
    const keys = Array.from({ length: 130 }, (_, n) => ({ pk: 'm', sk: String(n) }))
    for (const key of keys) await table.put(key)

    expect(await table.getMany(keys)).toHaveLength(130)
  })
})
