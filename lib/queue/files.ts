/** Which files a job declares, and who has them in hand: two leased jobs of a repository never overlap. Pure. */
import { declaredIn } from './declared.ts'
import { boundedGlobs } from './globs.ts'
import type { Job } from './model.ts'

/** Files that were taken together with the lease of this token. They are free again when that lease has ended. */
export interface Holder {
  readonly number: number
  readonly token: number
  readonly globs: readonly string[]
}

/** Who holds which files of a repository, leases that have ended among them until they are swept away. */
export interface Reservations {
  readonly repository: string
  readonly holders: readonly Holder[]
  /** How many were left by the newest sweep. */
  readonly swept: number
  /** 0 when nothing was ever reserved. */
  readonly version: number
}

/** Below this many, ended leases are not worth a sweep: a dozen holders are some 2 KB. */
const WORTH_SWEEPING = 12

/** The files of a job: a short body travels with it and tells them itself. */
export function filesOf({ body, facts, key }: Pick<Job, 'body' | 'facts' | 'key'>): readonly string[] {
  if (body.kind === 'apart') return facts.files ?? []
  return boundedGlobs(declaredIn(body.text, key.repository).files)
}

/**
 * True when the lease of this token has certainly ended, though `record` may be a moment old: tokens only rise, and a
 * lease that has ended does not begin again. One that merely ran out may still be renewed.
 */
export function hasEnded({ token }: Holder, record: Job | undefined): boolean {
  if (record === undefined || record.token < token) return false
  return record.token > token || record.state.kind !== 'leased'
}

/** True when so many were added since the last sweep that the next claim should look who of them has ended. */
export function isSweepDue({ holders, swept }: Reservations): boolean {
  return holders.length >= Math.max(WORTH_SWEEPING, 2 * swept)
}

export function sweptOf(reservations: Reservations, hasGone: (holder: Holder) => boolean): Reservations {
  const holders = reservations.holders.filter((holder) => !hasGone(holder))
  return { ...reservations, holders, swept: holders.length }
}

/** With the files of this lease; those of the job's earlier leases go. */
export function reservedFor(reservations: Reservations, leased: Job, globs: readonly string[]): Reservations {
  const { number } = leased.key
  const others = reservations.holders.filter((holder) => holder.number !== number)
  return { ...reservations, holders: [...others, { number, token: leased.token, globs }] }
}
