/** The check of the workers: a look at every configured host at once, and a word on those who only call in. */
import type { Clock } from '#lib/clock'
import type { Occasion } from './decide.ts'
import { type Finding, type Host, type HostProbe, placeOf } from './hosts.ts'
import type { Job, WorkerRecord } from './model.ts'
import { isPlaceholder, placeWorkers } from './placing.ts'
import type { QueueStore } from './ports.ts'
import { contactOf, judged } from './presence.ts'
import { createRetire, isAbandoned } from './retire.ts'
import { allWorkers } from './roster.ts'
import { workerView } from './views.ts'

export interface CheckPorts {
  readonly store: QueueStore
  readonly clock: Clock
  readonly probe: HostProbe
  readonly hosts: readonly Host[]
  /** How often the check runs. */
  readonly intervalMs: number
}

export interface CheckRun {
  readonly correlation_id: string
  /** Ends every look that is still under way. */
  readonly signal: AbortSignal
}

/** Looks under way at once: a Lambda of 512 MB holds as many handshakes without slowing them down. */
const PARALLEL = 50
/** A record that its worker changes meanwhile is judged anew; who is in the way three times is there. */
const MAX_ROUNDS = 3

/** Reads: the workers, and the jobs they point to. Writes: 1 unit for each worker whose state changed or that is retired, else one in five minutes. */
export function createCheck({ store, clock, probe, hosts, intervalMs }: CheckPorts) {
  const { forget } = createRetire({ store, clock })

  return async function check({ correlation_id, signal }: CheckRun) {
    const findings = await lookAtAll(signal)
    const on: Occasion = { now: clock.now(), correlation_id }
    const { placements, elsewhere } = placeWorkers(hosts, await allWorkers(store), on.now)
    const jobs = await jobsOf([...placements.map(({ record }) => record), ...elsewhere])
    const tally = createTally()
    const lines = []
    for (const { host, record } of placements) {
      const finding = findings.get(host) ?? UNCHECKED
      const after = await settle(record, jobs, { host, finding }, on)
      const { status, health } = tally.count(after, viewOf(after.record, jobs, on))
      lines.push({
        host: placeOf(host),
        worker: record.id,
        found: finding.kind,
        detail: finding.detail,
        status,
        health,
      })
    }
    for (const record of elsewhere) {
      if (isPlaceholder(record)) await store.forgetWorker(record)
      else if (await isRetired(record, jobs, on)) tally.retire()
      else {
        const after = await settle(record, jobs, undefined, on)
        tally.count(after, viewOf(after.record, jobs, on))
      }
    }
    return { hosts: lines, ...tally.sums() }
  }

  /** True when the worker gave no sign of life for so long that it was taken off the list. */
  async function isRetired(record: WorkerRecord, jobs: Jobs, on: Occasion): Promise<boolean> {
    const job = jobAt(record, jobs)
    return isAbandoned(record, contactOf(record, job, on.now), on.now) && forget(record, job, on.now)
  }

  async function lookAtAll(signal: AbortSignal): Promise<ReadonlyMap<Host, Finding>> {
    const findings = new Map<Host, Finding>()
    const waiting = hosts.values()
    const lane = async () => {
      for (const host of waiting) findings.set(host, signal.aborted ? UNCHECKED : await probe.check(host, signal))
    }
    await Promise.all(Array.from({ length: Math.min(PARALLEL, hosts.length) }, lane))
    return findings
  }

  /** Judges a worker and writes down what is new. */
  async function settle(record: WorkerRecord, jobs: Jobs, look: Looked | undefined, on: Occasion): Promise<Settled> {
    let [known, pointed] = [record, jobs]
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const contact = contactOf(known, jobAt(known, pointed), on.now)
      const seen = look && { place: placeOf(look.host), finding: look.finding, intervalMs }
      const next = judged(known, contact, seen, on)
      if (next === known) return { record: known, isWritten: false }
      if (await store.saveWorker(next)) return { record: next, isWritten: true }
      known = (await store.worker(known.id, { consistent: true })) ?? { ...known, version: 0 }
      pointed = await jobsOf([known])
    }
    return { record: known, isWritten: false }
  }

  async function jobsOf(records: readonly WorkerRecord[]): Promise<Jobs> {
    const keys = records.flatMap(({ pointer }) => (pointer === null ? [] : [pointer.key]))
    return new Map((await store.records(keys)).map((job) => [nameOf(job.key), job]))
  }
}

interface Looked {
  readonly host: Host
  readonly finding: Finding
}

interface Settled {
  readonly record: WorkerRecord
  readonly isWritten: boolean
}

type Jobs = ReadonlyMap<string, Job>

const UNCHECKED: Finding = { kind: 'unchecked', detail: 'The time was up before its turn.' }

const nameOf = ({ repository, number }: Job['key']): string => `${repository}#${number}`

function jobAt({ pointer }: WorkerRecord, jobs: Jobs): Job | undefined {
  return pointer === null ? undefined : jobs.get(nameOf(pointer.key))
}

function viewOf(record: WorkerRecord, jobs: Jobs, on: Occasion) {
  return workerView(record, jobAt(record, jobs), on.now)
}

/** Workers by status, and how many were written. */
function createTally() {
  const workers = { total: 0, available: 0, busy: 0, offline: 0 }
  let written = 0
  let retired = 0
  return {
    retire() {
      retired += 1
    },
    count({ isWritten }: Settled, view: ReturnType<typeof workerView>) {
      workers.total += 1
      workers[view.status] += 1
      if (isWritten) written += 1
      return view
    },
    sums: () => ({ workers, written, retired }),
  }
}
