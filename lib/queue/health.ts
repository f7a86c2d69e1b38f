/** How the queue is doing, told honestly: what was checked, when, and what it found. */
import { type Clock, type Instant, minutes, toTimestamp } from '#lib/clock'
import { maskSecrets } from '#lib/secrets/secrets'
import type { JobKey, WorkerRecord } from './model.ts'
import type { QueueCounts, QueueStore } from './ports.ts'
import { allWorkers } from './roster.ts'
import { POLL_NOTE_MS, type PollRecord, type PollStore } from './source.ts'
import { workerView } from './views.ts'

export interface HealthPorts {
  readonly store: QueueStore
  readonly polls: PollStore
  readonly counts: () => Promise<QueueCounts>
  readonly repositories: () => Promise<readonly string[]>
  /** How the last sweep of the cluster went; undefined where none ever ran. */
  readonly lastSweep: () => Promise<{ readonly ok: boolean; readonly detail: string; readonly at: Instant } | undefined>
  /** Further checks by their names, each a few reads whatever is behind. */
  readonly parts?: Readonly<Record<string, Part>>
  readonly clock: Clock
  readonly pollIntervalMs: number
  readonly version: string
}

/** What a check found, and what to do about it. Undefined where there is nothing to check. */
type Part = (now: Instant) => Promise<Checked | undefined>

interface Checked {
  readonly ok: boolean
  readonly detail: string
  /** When it was found, where that was earlier than now. */
  readonly at?: Instant
}

/** An answer is good for this long: a load balancer's questions must not become the store's load. */
const FRESH_MS = 1_000
/** Polls that may fail to be on time before the connection counts as lost. */
const MISSED_POLLS = 3
/** Three sweeps that should have run, on AWS. */
const LATE_SWEEP_MS = minutes(15)
/** Workers counted; more of them are more than a queue bound by GitHub can feed. */
const MOST_WORKERS = 1_000
const NO_COUNTS: QueueCounts = { pending: 0, in_progress: 0, completed: 0, failed: 0, withdrawn: 0 }

export function createHealth(ports: HealthPorts) {
  const startedAt = ports.clock.now()
  let latest: { readonly at: Instant; readonly view: Promise<Awaited<ReturnType<typeof look>>> } | undefined

  /** Never throws: a store that does not answer is `unhealthy`. At most a second old. */
  return function health() {
    const now = ports.clock.now()
    if (latest === undefined || now - latest.at >= FRESH_MS || now < latest.at) latest = { at: now, view: look(now) }
    return latest.view
  }

  async function look(now: Instant) {
    const [store, parts] = await Promise.all([readStore(now), checkParts(ports.parts ?? {}, now)])
    const github = judgePolls(store.polls, await ports.repositories(), now)
    const { cluster } = store
    const isWell = github.ok && (cluster?.ok ?? true) && Object.values(parts).every(({ ok }) => ok)
    const status = !store.check.ok ? 'unhealthy' : isWell ? 'healthy' : 'degraded'
    const { withdrawn: _, ...queue } = store.counts
    return {
      status,
      version: ports.version,
      service: 'coxswain',
      uptime_seconds: Math.max(0, Math.floor((now - startedAt) / 1000)),
      workers: store.workers,
      queue,
      github_connected: github.ok,
      checks: {
        store: store.check,
        github: { ...github, checked_at: toTimestamp(now) },
        ...(cluster && { cluster }),
        ...parts,
      },
    } as const
  }

  async function readStore(now: Instant) {
    const checked_at = toTimestamp(now)
    try {
      const [counts, polls, known, sweep] = await Promise.all([
        ports.counts(),
        ports.polls.all(),
        allWorkers(ports.store, MOST_WORKERS),
        ports.lastSweep(),
      ])
      const workers = await countWorkers(known, now)
      const cluster = sweep && judgeSweep(sweep, now)
      return { counts, polls, workers, cluster, check: { ok: true, detail: 'The table answers.', checked_at } }
    } catch {
      const check = { ok: false, detail: 'The table does not answer.', checked_at }
      return { counts: NO_COUNTS, polls: [], workers: { total: 0, available: 0 }, cluster: undefined, check }
    }
  }

  function judgeSweep({ ok, detail, at }: NonNullable<Awaited<ReturnType<HealthPorts['lastSweep']>>>, now: Instant) {
    const isLate = now - at > LATE_SWEEP_MS
    return { ok: ok && !isLate, detail: isLate ? `No sweep since. ${detail}` : detail, checked_at: toTimestamp(at) }
  }

  async function countWorkers(records: readonly WorkerRecord[], now: Instant) {
    const jobs = await ports.store.records(records.flatMap(({ pointer }) => (pointer ? [pointer.key] : [])))
    const byName = new Map(jobs.map((job) => [nameOf(job.key), job]))
    const views = records.map((record) => {
      const { key } = record.pointer ?? {}
      return workerView(record, key && byName.get(nameOf(key)), now)
    })
    return { total: views.length, available: views.filter((view) => view.status === 'available').length }
  }

  /** Whether GitHub was reached lately for every repository, and what it said last. */
  function judgePolls(records: readonly PollRecord[], wanted: readonly string[], now: Instant) {
    const details = wanted.map((name) =>
      judgePoll(
        records.find((each) => each.repository === name),
        name,
        now,
      ),
    )
    if (details.length === 0) return { ok: false, detail: 'No repository is configured: set GITHUB_REPO.' }
    return { ok: details.every(({ ok }) => ok), detail: details.map(({ detail }) => detail).join(' ') }
  }

  function judgePoll(record: PollRecord | undefined, name: string, now: Instant) {
    if (record === undefined) return { ok: false, detail: `${name}: not polled yet.` }
    const last = record.succeeded_at === null ? 'never' : toTimestamp(record.succeeded_at)
    const rate = record.rate ? `; rate limit left ${record.rate.remaining} of ${record.rate.limit}` : ''
    const { error } = record
    if (error) {
      return {
        ok: false,
        detail: `${name}: ${error.code} at ${toTimestamp(error.at)}: ${maskSecrets(error.message)} Last successful poll ${last}${rate}.`,
      }
    }
    const age = now - (record.succeeded_at ?? 0)
    return {
      ok: age < POLL_NOTE_MS + MISSED_POLLS * ports.pollIntervalMs,
      detail: `${name}: last successful poll ${last}, noted every ${POLL_NOTE_MS / 60_000} min${rate}.${renaming(record)}`,
    }
  }
}

function renaming({ renamed_to }: PollRecord): string {
  return renamed_to === undefined ? '' : ` It is ${renamed_to} on GitHub now: name it so in GITHUB_REPOS.`
}

const nameOf = ({ repository, number }: JobKey): string => `${repository}#${number}`

async function checkParts(parts: Readonly<Record<string, Part>>, now: Instant) {
  const found = await Promise.all(
    Object.entries(parts).map(async ([name, part]) => {
      const check = await part(now).catch((): Checked => ({ ok: false, detail: 'It could not be read.' }))
      if (check === undefined) return []
      const { ok, detail, at = now } = check
      return [[name, { ok, detail, checked_at: toTimestamp(at) }] as const]
    }),
  )
  return Object.fromEntries(found.flat())
}
