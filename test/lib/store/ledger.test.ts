import { describe, expect, it } from 'vitest'
import { seconds } from '#lib/clock'
import { merged } from '#lib/store/debt-codec'
import { createLedger } from '#lib/store/ledger'
import { createPollStore } from '#lib/store/polls'
import type { Table } from '#lib/store/table'
import { anOwedWrite, writeLedgerContract } from '#test/contracts/write-ledger'
import { aTable } from '#test/helpers/dynamodb'
import { aClock } from '#test/helpers/github'

writeLedgerContract('the table', async (clock) => {
  const { table } = await aTable()
  const ledger = createLedger(table, clock)
  return { ledger, owe: ledger.owe }
})

const DONE = { marker: 'completed:1', text: 'Done.' }

async function aLedger() {
  const { table } = await aTable()
  const clock = aClock()
  return { table, clock, ledger: createLedger(table, clock), polls: createPollStore(table) }
}

/** A table on which something else happens just before the next put. */
function interrupted(table: Table, between: () => Promise<unknown>): Table {
  let isFirst = true
  return {
    ...table,
    async put(item, condition) {
      if (isFirst) {
        isFirst = false
        await between()
      }
      return table.put(item, condition)
    },
  }
}

describe('a debt in the table', () => {
  it('that was paid is not owed again when its change is told once more', async () => {
    const { ledger } = await aLedger()
    const write = anOwedWrite({ version: 3, comments: [DONE] })
    await ledger.owe(write)
    await ledger.settle(write)

    await ledger.owe(write)

    expect(await ledger.owed(10)).toEqual([])
  })

  it('that was paid does not come back as part of a newer one', async () => {
    const { ledger } = await aLedger()
    const paid = anOwedWrite({ version: 3, comments: [DONE] })
    await ledger.owe(paid)
    await ledger.settle(paid)
    const newer = anOwedWrite({ version: 4, generation: 2 })
    await ledger.owe(newer)

    await ledger.owe(paid)

    expect(await ledger.owed(10)).toEqual([newer])
  })

  it('stays begun when it grows in the very moment a try begins', async () => {
    const { table, clock, ledger } = await aLedger()
    const first = anOwedWrite({ version: 3, comments: [DONE] })
    await ledger.owe(first)
    const slow = createLedger(
      interrupted(table, () => ledger.begin(first)),
      clock,
    )

    await slow.owe(anOwedWrite({ version: 4, generation: 2 }))

    expect(await ledger.owed(10)).toMatchObject([{ version: 4, begun: true, comments: [DONE] }])
  })

  it('is not struck off with a comment that joined it after it was read', async () => {
    const { ledger } = await aLedger()
    const read = anOwedWrite({ version: 5 })
    await ledger.owe(read)
    await ledger.owe(anOwedWrite({ version: 4, comments: [DONE] }))

    expect(await ledger.settle(read)).toBe(false)
    expect(await ledger.owed(10)).toMatchObject([{ version: 5, comments: [DONE] }])
  })

  it('leaves the proof of what GitHub shows, which never goes back', async () => {
    const { ledger, polls } = await aLedger()
    const [older, newer] = [anOwedWrite({ version: 1 }), anOwedWrite({ version: 2 })]
    await ledger.owe(newer)
    await ledger.settle(newer)

    expect(await ledger.settle(older)).toBe(false)
    expect(await polls.mirror('acme/shop', 7)).toEqual({ generation: 1, version: 2 })
  })

  it('is found among more than one page of them', async () => {
    const { ledger } = await aLedger()
    const text = 'x'.repeat(20_000)
    const numbers = Array.from({ length: 120 }, (_, at) => at + 1)
    for (const number of numbers) {
      await ledger.owe(anOwedWrite({ number, comments: [{ marker: 'm', text }], owed_since: 1_000 - number }))
    }

    const owed = await ledger.owed(3)

    expect(owed.map(({ number }) => number)).toEqual([120, 119, 118])
  })

  it('is the same whether its parts arrive once or several times', () => {
    const first = anOwedWrite({ version: 1, comments: [DONE] })
    const second = anOwedWrite({ version: 2, comments: [{ marker: 'failed:2', text: 'Failed.' }] })
    const once = merged(merged(undefined, first), second)

    expect(merged(merged(once, second), first)).toBe(once)
  })
})

describe('the gate', () => {
  it('that the poll closed while a flush was under way stays closed', async () => {
    const { ledger, polls, clock } = await aLedger()
    const read = await ledger.budget()
    await polls.closeUntil(clock.now() + seconds(60))

    await ledger.saveBudget({ ...read, spent: [clock.now()] })

    expect(await polls.closedUntil()).toBe(clock.now() + seconds(60))
    expect(await ledger.budget()).toEqual({ spent: [clock.now()], closed_until: clock.now() + seconds(60) })
  })

  it('closed by the flusher keeps the poll away, and is never opened early', async () => {
    const { ledger, polls, clock } = await aLedger()
    await ledger.saveBudget({ spent: [], closed_until: clock.now() + seconds(90) })
    await polls.closeUntil(clock.now() + seconds(5))

    expect(await polls.closedUntil()).toBe(clock.now() + seconds(90))
  })
})
