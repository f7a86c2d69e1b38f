import { describe, expect, it } from 'vitest'
import {
  absent,
  changeParams,
  conditionParams,
  leaseHeld,
  notNewerThan,
  stillHas,
  unchangedSince,
} from '#lib/store/conditions'
import { aTable } from '#test/helpers/dynamodb'

const KEY = { pk: 'a', sk: '1' }

async function anItem(attributes: object = {}) {
  const { table } = await aTable()
  await table.put({ ...KEY, ...attributes })
  return table
}

describe('a condition', () => {
  it('asks for the item that stands in the way', () => {
    expect(conditionParams(absent)).toMatchObject({ ReturnValuesOnConditionCheckFailure: 'ALL_OLD' })
    expect(conditionParams(undefined)).toEqual({})
  })

  it.each([
    ['the version that was read', 3, 'done'],
    ['an older one', 2, 'refused'],
    ['a newer one', 4, 'refused'],
    ['nothing, though something is there', 0, 'refused'],
  ])('unchanged since %s', async (_name, version, kind) => {
    const table = await anItem({ version: 3 })
    expect(await table.put({ ...KEY, version: 9 }, unchangedSince(version))).toMatchObject({ kind })
  })

  it.each([
    [3, 'done'],
    [4, 'done'],
    [2, 'refused'],
  ])('not newer than %i, where version 3 stands', async (version, kind) => {
    const table = await anItem({ version: 3 })
    expect(await table.put({ ...KEY, version: 9 }, notNewerThan(version))).toMatchObject({ kind })
    expect(await table.put({ pk: 'a', sk: 'new', version: 9 }, notNewerThan(version))).toEqual({ kind: 'done' })
  })

  it.each([
    ['its holder', 'w1', 7, 99, 'done'],
    ['its holder at the very end', 'w1', 7, 100, 'refused'],
    ['another', 'w2', 7, 99, 'refused'],
    ['an older lease', 'w1', 6, 99, 'refused'],
  ] as const)('a lease held, said by %s', async (...[, worker, token, now, kind]) => {
    const table = await anItem({ state: 'leased', lease: { worker: 'w1', token: 7, expires_at: 100 } })
    expect(await table.change(KEY, { set: { seen: true } }, leaseHeld(worker, token, now))).toMatchObject({ kind })
  })

  it('a lease held is refused where there is no job', async () => {
    const { table } = await aTable()
    expect(await table.change(KEY, { set: { seen: true } }, leaseHeld('w1', 1, 0))).toEqual({ kind: 'refused' })
    expect(await table.get(KEY)).toBeUndefined()
  })
})

describe('a change', () => {
  it('sets, adds and drops, whatever the attributes are called', async () => {
    const table = await anItem({ state: 'old', count: 2, size: 1, name: 'x' })
    await table.change(KEY, {
      set: { state: 'new', value: null },
      add: { count: 3, fresh: 1, none: 0 },
      drop: ['name'],
    })

    expect(await table.get(KEY, { consistent: true })).toEqual({
      ...KEY,
      ...{ state: 'new', value: null, count: 5, fresh: 1, size: 1 },
    })
  })

  it('may set the very attribute whose old value it asks for', async () => {
    const table = await anItem({ version: 3, token: 'a' })

    expect(await table.change(KEY, { set: { version: 4 } }, unchangedSince(3))).toEqual({ kind: 'done' })
    expect(await table.change(KEY, { set: { token: 'b', value: 'c' } }, stillHas('token', 'a'))).toEqual({
      kind: 'done',
    })
    expect(await table.get(KEY, { consistent: true })).toEqual({ ...KEY, version: 4, token: 'b', value: 'c' })
  })

  it('of nothing but numbers and drops names nothing else', () => {
    expect(changeParams({ set: {}, add: { n: 1 }, drop: ['x'] }, undefined).UpdateExpression).toBe(
      'ADD #to_n :to_n REMOVE #to_x',
    )
  })
})
