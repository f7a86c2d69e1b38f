/** Looks at workers' hosts over SSH, by two fixed commands of systemd. */
import { AppError } from '#lib/errors'
import { type Finding, type Host, type HostProbe, placeOf } from '#lib/queue/hosts'
import { type Command, dial, type Login, type Ran, run } from './connection.ts'
import { linesOf } from './output.ts'
import type { Trust } from './trust.ts'

export interface ProbeOptions extends Login {
  /** The worker's unit, e.g. `coxswain-worker`. */
  readonly unit: string
  /** For one look at one host, from the connection to the answer. */
  readonly hostMs: number
}

/** Names of systemd units, without what a shell or an option could be made of. */
export const UNIT = /^[A-Za-z0-9][A-Za-z0-9:_.@-]{0,127}$/

/** One word is expected. */
const STATE_BYTES = 1_024
/** Of a log the newest half megabyte: an answer must fit into 6 MB, whatever its characters become in JSON. */
const LOG_BYTES = 512 * 1024
const MAX_LINES = 1_000

const RUNNING = new Set(['active', 'reloading', 'refreshing'])
const STOPPED = new Set(['inactive', 'failed', 'activating', 'deactivating', 'maintenance', 'unknown'])

export function createProbe(trust: Trust, { unit, hostMs, ...login }: ProbeOptions): HostProbe {
  if (!UNIT.test(unit)) throw new AppError('invalid', 'The name of the unit is not one of systemd.')

  async function ask(host: Host, command: Command, signal: AbortSignal): Promise<Ran> {
    const until = AbortSignal.any([signal, AbortSignal.timeout(hostMs)])
    const dialled = await dial(host, login, trust, until)
    if (dialled.kind !== 'ready') return dialled
    try {
      return await run(dialled.client, command, until)
    } finally {
      dialled.client.destroy()
    }
  }

  return {
    unit,

    async check(host, signal) {
      const ran = await ask(host, { text: `systemctl is-active ${unit}`, keepBytes: STATE_BYTES }, signal)
      return ran.kind === 'done' ? findingOf(ran.output, ran.code, unit) : ran
    },

    async logs(host, lines, signal) {
      const count = Math.max(1, Math.min(MAX_LINES, Math.trunc(lines)))
      const text = `journalctl -u ${unit} -n ${count} --no-pager`
      const ran = await ask(host, { text, keepBytes: LOG_BYTES }, signal)
      if (ran.kind !== 'done') throw noLogs(host, ran.detail)
      if (ran.code !== null && ran.code !== 0) throw noLogs(host, `journalctl ended with exit code ${ran.code}.`)
      return linesOf(ran.output, count, ran.isWhole)
    },
  }
}

/** What `systemctl is-active` said. */
function findingOf(output: Buffer, code: number | null, unit: string): Finding {
  const [word = ''] = output.toString('latin1').trim().split('\n')
  if (RUNNING.has(word)) return { kind: 'active', detail: `The unit ${unit} is ${word}.` }
  if (STOPPED.has(word)) return { kind: 'inactive', detail: `The unit ${unit} is ${word}.` }
  return { kind: 'refused', detail: `It did not say whether the unit ${unit} is active (exit code ${code ?? 'none'}).` }
}

function noLogs(host: Host, reason: string): AppError {
  const message = `The log cannot be read from ${placeOf(host)}. ${reason}`
  return new AppError('upstream_unavailable', message, { retryAfter: 30 })
}
