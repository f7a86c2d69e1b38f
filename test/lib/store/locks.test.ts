import { describe, expect, it } from 'vitest'
import { seconds } from '#lib/clock'
import { createLocks } from '#lib/store/locks'
import type { Table } from '#lib/store/table'
import { START } from '#test/helpers/clock'
import { aTable } from '#test/helpers/dynamodb'

const UNTIL = START + seconds(60)

async function someLocks() {
  const { table } = await aTable()
  return { table, locks: createLocks(table) }
}

describe('a lock', () => {
  it('goes to exactly one of many who ask at once', async () => {
    const { locks } = await someLocks()
    const asked = Array.from({ length: 20 }, (_, at) => locks.acquire('poll', `holder-${at}`, START, UNTIL))

    const tokens = (await Promise.all(asked)).filter((token) => token !== undefined)

    expect(tokens).toEqual([1])
  })

  it('of one name says nothing about another', async () => {
    const { locks } = await someLocks()
    await locks.acquire('poll:acme/shop', 'a', START, UNTIL)

    expect(await locks.acquire('poll:acme/till', 'b', START, UNTIL)).toBe(1)
  })

  it('is free at its end, to the millisecond, by a higher token', async () => {
    const { locks } = await someLocks()
    await locks.acquire('poll', 'a', START, UNTIL)

    expect(await locks.acquire('poll', 'b', UNTIL - 1, UNTIL + 1)).toBeUndefined()
    expect(await locks.acquire('poll', 'b', UNTIL, UNTIL + 1)).toBe(2)
  })

  it('is known as ours when the reply to our own write was lost', async () => {
    const { table } = await someLocks()
    const deaf: Table = {
      ...table,
      async put(item, condition) {
        await table.put(item, condition)
        return table.put(item, condition)
      },
    }

    expect(await createLocks(deaf).acquire('poll', 'a', START, UNTIL)).toBe(1)
  })

  it('cannot be let go by who lost it, nor when it never was', async () => {
    const { locks } = await someLocks()
    await locks.release('poll', 1)
    await locks.acquire('poll', 'a', START, START)
    await locks.acquire('poll', 'b', START, UNTIL)
    await locks.release('poll', 1)

    expect(await locks.acquire('poll', 'c', START, UNTIL)).toBeUndefined()
  })
})
