import { describe, expect, it } from 'vitest'
import { debtEnvelope } from '#lib/events/debt-event'
import { toldBy } from '#lib/events/told'
import { createLedger } from '#lib/store/ledger'
import { anOwedWrite } from '#test/contracts/write-ledger'
import { aStream } from '#test/helpers/journey'
import { aQueue } from '#test/helpers/queue'

const trouble = { refusals: 6, failures: 0, not_before: 0, error: 'issue is locked', since: 0 }

describe('a debt that was set aside', () => {
  it('is told once by an event, and once more when it was redriven and refused anew', async () => {
    const world = await aQueue()
    const { clock, table } = world
    const stream = await aStream(world)
    const ledger = createLedger(table, clock)
    const write = anOwedWrite({ trouble, comments: [{ marker: 'completed:1', text: 'Done.' }] })
    const events = async () => (await stream()).flatMap(toldBy)
    await ledger.owe(write)
    await ledger.setAside(write, write)

    const told = await events()
    expect(told.map((event) => debtEnvelope.parse(event))).toMatchObject([
      {
        event_type: 'DEBT_REFUSED',
        entity: { kind: 'debt', id: 'acme/shop#7' },
        repository: 'acme/shop',
        issue_number: 7,
        tries: 6,
        error: 'issue is locked',
      },
    ])
    await ledger.setAside(write, write)
    expect(await events()).toEqual([])

    clock.advance(60_000)
    await ledger.redrive({ repository: 'acme/shop', number: 7 })
    await ledger.setAside(write, write)
    const again = await events()
    expect(again).toHaveLength(1)
    expect(again[0]?.event_id).not.toBe(told[0]?.event_id)
  })
})
