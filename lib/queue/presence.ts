/** Whether a worker is there and how it does: what the last look at its host found against its own last word. Pure. */
import type { Instant } from '#lib/clock'
import type { Occasion } from './decide.ts'
import type { Finding } from './hosts.ts'
import type { HostCheck, Job, Lease, WorkerRecord } from './model.ts'

export const HEALTHS = ['healthy', 'degraded', 'unhealthy', 'unknown'] as const
export type Health = (typeof HEALTHS)[number]

/** What is known of a worker from itself. */
export interface Contact {
  readonly lastWord: Instant
  /** Its live lease. */
  readonly lease: Lease | undefined
}

export interface Standing {
  /** Never true of a worker that holds a live lease. */
  readonly offline: boolean
  readonly health: Health
  /** Why it is not healthy; null when it is. */
  readonly reason: string | null
}

/** An idle worker asks every half minute; one that has not for this long is taken for gone. */
const OFFLINE_MS = 180_000
/** A finding that says the same again is written down this often. */
export const CHECK_NOTE_MS = 300_000
/** Looks at a host that may fail to happen before what the last one found counts no more. */
const MISSED_CHECKS = 3

const SILENT = 'It has not called for three minutes or more.'
const LATE = 'It missed a heartbeat.'
const NEVER = 'It has never called.'

/** The worker's own last word, and its live lease. `job` is what its pointer leads to. */
export function contactOf(record: WorkerRecord, job: Job | undefined, now: Instant): Contact {
  const lease = ownLease(record, job)
  const isLive = lease !== undefined && now < lease.expires_at
  const renewed = isLive ? lease.renewed_at : 0
  return {
    lastWord: Math.max(record.last_seen, renewed, reportedAt(record, job)),
    lease: isLive ? lease : undefined,
  }
}

/** The lease of this worker that nobody has ended yet, live or run out. */
export function ownLease(record: WorkerRecord, job: Job | undefined): Lease | undefined {
  if (job?.state.kind !== 'leased') return undefined
  return job.state.lease.worker === record.id ? job.state.lease : undefined
}

/** When the worker last ended a lease by its report; 0 when the job it points to tells of none. */
function reportedAt(record: WorkerRecord, job: Job | undefined): Instant {
  const byItself = job?.ended?.worker === record.id && job.ended.report !== 'expired'
  return byItself ? job.changed_at : 0
}

/** How a worker stands at `now`. A live lease keeps it from being offline, whatever its host says. */
export function standingOf(record: WorkerRecord, contact: Contact, now: Instant): Standing {
  const { check } = record
  const silent = isSilent(contact, now)
  if (check === undefined) return byContact(contact, now)
  if (now >= check.valid_until) return stale(check, contact, now)
  const reason = check.detail
  switch (check.state) {
    case 'active':
      if (silent) return { offline: false, health: 'degraded', reason: contact.lastWord === 0 ? NEVER : SILENT }
      return byContact(contact, now)
    case 'inactive':
    case 'cut_off':
      return { offline: silent, health: 'degraded', reason }
    case 'refused':
      return { offline: silent, health: 'unhealthy', reason }
    case 'unreachable':
      return { offline: contact.lease === undefined, health: 'unhealthy', reason }
  }
}

function byContact(contact: Contact, now: Instant): Standing {
  if (isSilent(contact, now)) return { offline: true, health: 'unhealthy', reason: SILENT }
  if (contact.lease && isLateBeat(contact.lease, now)) return { offline: false, health: 'degraded', reason: LATE }
  return { offline: false, health: 'healthy', reason: null }
}

/** Nobody has looked for too long: what the worker itself says is all there is. */
function stale(check: HostCheck, contact: Contact, now: Instant): Standing {
  const standing = byContact(contact, now)
  if (!standing.offline) return standing
  return { ...standing, health: 'unknown', reason: `${check.host} has not been checked lately, and nobody called.` }
}

function isSilent({ lastWord, lease }: Contact, now: Instant): boolean {
  return lease === undefined && now - lastWord >= OFFLINE_MS
}

/** A worker beats at a third of its lease; past two thirds it has missed one. */
function isLateBeat(lease: Lease, now: Instant): boolean {
  return now - lease.renewed_at > ((lease.expires_at - lease.renewed_at) * 2) / 3
}

/** Why a worker gets no new work: its host was found unreachable, and nobody has looked again. Undefined when it may. */
export function heldBack({ check }: Pick<WorkerRecord, 'check'>, now: Instant): HostCheck | undefined {
  return check?.state === 'unreachable' && now < check.valid_until ? check : undefined
}

/** The worker after its own call: present, unless its host was just found unreachable. */
export function called(record: WorkerRecord, on: Occasion): WorkerRecord {
  return heldBack(record, on.now) ? record : told(record, { offline: false, reason: null }, on)
}

/** What a look found of the host at `place`. */
export interface Look {
  readonly place: string
  readonly finding: Finding
  readonly intervalMs: number
}

/**
 * The worker after a look at its host, or without one when none is configured for it (`look` undefined). The same object
 * again when nothing is worth a write.
 */
export function judged(record: WorkerRecord, contact: Contact, look: Look | undefined, on: Occasion): WorkerRecord {
  const looked = withCheck(record, look && checkOf(record.check, contact, look, on.now))
  return told(looked, standingOf(looked, contact, on.now), on)
}

/** What is written down of a look; the check as it stands when it says the same and is not due. */
function checkOf(before: HostCheck | undefined, contact: Contact, look: Look, now: Instant): HostCheck | undefined {
  const { place: host, finding, intervalMs } = look
  const known = before?.host === host ? before : undefined
  if (finding.kind === 'unchecked') return known
  const state = stateOf(finding.kind, known, contact, now)
  const { detail } = finding
  const isSame = known !== undefined && known.state === state && known.detail === detail
  if (isSame && now >= known.at && now - known.at < CHECK_NOTE_MS) return known
  const since = known !== undefined && known.state === state ? known.since : now
  return { host, state, detail, since, at: now, valid_until: now + CHECK_NOTE_MS + MISSED_CHECKS * intervalMs }
}

/**
 * A host that cannot be reached is offline, until a worker that went on calling shows that SSH alone is broken: what it
 * said after the first failed look is newer evidence than that look.
 */
function stateOf(
  kind: Exclude<Finding['kind'], 'unchecked'>,
  known: HostCheck | undefined,
  contact: Contact,
  now: Instant,
): HostCheck['state'] {
  if (kind !== 'unreachable' || known === undefined || isSilent(contact, now)) return kind
  if (known.state === 'cut_off') return 'cut_off'
  return known.state === 'unreachable' && contact.lastWord > known.since ? 'cut_off' : 'unreachable'
}

function withCheck(record: WorkerRecord, check: HostCheck | undefined): WorkerRecord {
  if (check === record.check) return record
  const { check: _, ...rest } = record
  return check === undefined ? rest : { ...rest, check }
}

/** Writes down that the worker went or came back, which is an event; the same object when it did neither. */
function told(record: WorkerRecord, { offline, reason }: Pick<Standing, 'offline' | 'reason'>, on: Occasion) {
  if ((record.presence?.offline ?? false) === offline) return record
  const seq = (record.presence?.seq ?? 0) + 1
  return { ...record, presence: { offline, since: on.now, reason, seq, correlation_id: on.correlation_id } }
}
