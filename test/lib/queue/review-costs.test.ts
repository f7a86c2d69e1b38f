/** What the gate costs: leasing, and what follows behind the stream. */
import { expect, it } from 'vitest'
import { seconds } from '#lib/clock'
import { aFinishedIssue } from '#test/helpers/reviews'

it('costs a lease half a read unit a second, a completion nothing, and what goes behind the stream a few', async () => {
  const journey = await aFinishedIssue(1)
  const { issue, pull, clock, units, told, sink } = journey
  await journey.review(pull, 'REQUEST_CHANGES', 'No.')
  await journey.pollAll()
  const another = journey.another('Two')
  await journey.poll()
  clock.advance(seconds(2))
  const meter = units()

  const { token } = await journey.leased('w2', issue)
  expect(meter.totals()).toMatchObject({ writes: 3, reads: 1.5 })
  meter.reset()
  await journey.leased('w3', another)
  expect(meter.totals()).toMatchObject({ writes: 3, reads: 1 })
  meter.reset()
  await journey.completed('w2', { issue, token, pull })
  expect(meter.totals()).toMatchObject({ writes: 1, reads: 0 })

  await journey.pump()
  const completion = told.at(-1)
  meter.reset()
  if (completion !== undefined) await sink.deliver(completion)
  expect(meter.totals()).toMatchObject({ writes: 2, reads: 5 })
})
