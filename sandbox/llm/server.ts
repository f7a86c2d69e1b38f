/** A stand-in for vendors of language models: it answers the way real ones would, and fails when it is told to. */
import { type Sleep, systemSleep } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createFaults, type Fault } from '../http/faults.ts'
import { type Entrance, listen } from '../http/listen.ts'
import { createApp } from './app.ts'
import { type Call, createLedger, type Stats } from './ledger.ts'
import { createOrders, type Orders } from './orders.ts'

export interface LlmOptions extends Entrance {
  /** Milliseconds a model thinks at least; none when not said. */
  readonly thinkMs?: number
  readonly sleep?: Sleep
}

export interface StandInLlm {
  readonly url: string
  /** Base address of both vendors' protocols, `…/v1`. */
  readonly v1: string
  /** Makes the next matching questions be answered as told. */
  order: Orders['add']
  /** Makes the next matching requests go wrong. */
  fail(fault: Fault): void
  /** Forgets orders and faults not yet used up. */
  heal(): void
  /** What was worked on, oldest first. */
  calls(): readonly Call[]
  stats(): Stats
  /** May be called twice. */
  close(): Promise<void>
}

export async function startLlm(options: LlmOptions): Promise<StandInLlm> {
  const { host, port, doors, controlToken, thinkMs = 0, sleep = systemSleep } = options
  const faults = createFaults()
  const orders = createOrders()
  const ledger = createLedger()
  const app = createApp({ faults, orders, ledger, sleep, ids: systemIds, thinkMs }, controlToken)
  app.onError((error, c) => {
    process.stderr.write(`llm stand-in: ${error.stack ?? error.message}\n`)
    return c.json({ error: { message: 'Something went wrong.', type: 'api_error' } }, 500)
  })
  const { url, close } = await listen(app, { name: 'llm', host, port, doors })
  return {
    url,
    v1: `${url}/v1`,
    order: orders.add,
    fail: faults.add,
    heal() {
      faults.clear()
      orders.clear()
    },
    calls: ledger.calls,
    stats: ledger.stats,
    close,
  }
}
