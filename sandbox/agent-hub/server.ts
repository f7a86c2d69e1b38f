/** A stand-in for the agent hub: experts that answer the way real ones would, and fail when they are told to. */
import { type Clock, type Sleep, systemClock, systemSleep } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { type Entrance, listen } from '../http/listen.ts'
import { createApp } from './app.ts'
import { openMemory } from './memory.ts'
import { createModes, type Mode } from './modes.ts'

export interface AgentHubOptions extends Entrance {
  /** Answers and escalations are kept here. */
  readonly dataDir: string
  /** Milliseconds an expert thinks at least; 40 when not said. */
  readonly thinkMs?: number
  readonly clock?: Clock
  readonly sleep?: Sleep
}

export interface StandInAgentHub {
  readonly url: string
  /** Makes it misbehave until told otherwise; `{}` heals it. */
  mode(mode: Mode): void
  stats(): { readonly calls: number; readonly worked: number; readonly escalations: number }
  /** May be called twice. */
  close(): Promise<void>
}

const THINK_MS = 40

export async function startAgentHub(options: AgentHubOptions): Promise<StandInAgentHub> {
  const { host, port, doors, controlToken, dataDir } = options
  const { clock = systemClock, sleep = systemSleep, thinkMs = THINK_MS } = options
  const memory = openMemory(dataDir)
  const modes = createModes()
  const calls = { total: 0 }
  const app = createApp({ memory, modes, clock, sleep, ids: systemIds, thinkMs, calls }, controlToken)
  app.onError((error, c) => {
    process.stderr.write(`agent-hub stand-in: ${error.stack ?? error.message}\n`)
    return c.json({ error: { code: 'INTERNAL_ERROR', message: 'Something went wrong.' } }, 500)
  })
  const { url, close } = await listen(app, { name: 'agent-hub', host, port, doors })
  return {
    url,
    mode: modes.set,
    stats: () => ({ calls: calls.total, worked: memory.worked(), escalations: memory.escalations().length }),
    close,
  }
}
