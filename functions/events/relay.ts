/** The table's stream: every committed change goes to every sink, in order. */
import { toldBy } from '#lib/events/told'
import { budgetEventOf, parking, relay } from '#lib/events/wiring'
import { stream } from '#lib/http/stream'
import { changeOf } from '#lib/store/stream'
import { tallyChangeOf } from '#lib/store/tally'

export const handler = stream(
  'events-relay',
  async (record) => {
    const change = changeOf(record)
    if (change !== undefined) await relay(change)
    for (const event of toldBy(record)) await parking.deliver(event)
    const tally = tallyChangeOf(record)
    const spent = tally && budgetEventOf(tally)
    if (spent !== undefined) await parking.deliver(spent)
  },
  { inOrder: true },
)
