/** Asking for a job's files: whether they are free, given who holds which and whose lease has ended. */
import { filesOf, type Holder, hasEnded, isSweepDue, type Reservations, sweptOf } from './files.ts'
import type { Job } from './model.ts'
import { type Overlap, overlapAtSight } from './overlap.ts'
import type { QueueStore } from './ports.ts'

export interface FilesPorts {
  readonly store: Pick<QueueStore, 'reservations' | 'records'>
  /** Left out by those who never lease: what cannot be told at sight then counts as an overlap. */
  readonly overlap?: Overlap
}

/** What one request has read, so that it reads it once. */
export interface Sight {
  readonly reservations: Map<string, Reservations>
  /** Holders by name, and whether their lease has ended. */
  readonly ended: Map<string, boolean>
}

export type Asked =
  /** The job declares no files: it pays nothing and conflicts with nobody. */
  | { readonly kind: 'plain' }
  /** To be reserved together with the lease, as long as the reservations are as they were read. */
  | { readonly kind: 'free'; readonly globs: readonly string[]; readonly reservations: Reservations }
  /** Jobs that live leases have in hand overlap. */
  | { readonly kind: 'held'; readonly by: readonly Holder[] }

const PLAIN: Asked = { kind: 'plain' }

export function newSight(): Sight {
  return { reservations: new Map(), ended: new Map() }
}

/** Half a read unit for the first job with files of a repository; half a one more for each holder in the way. */
export async function askForFiles(ports: FilesPorts, job: Job, sight: Sight): Promise<Asked> {
  const globs = filesOf(job)
  if (globs.length === 0) return PLAIN
  const reservations = await reservationsOf(ports, job.key.repository, sight)
  const rivals = await rivalsOf(ports, job, { globs, reservations })
  await learn(ports, reservations, rivals, sight)
  const by = rivals.filter((holder) => !isGone(reservations, holder, sight))
  if (by.length > 0) return { kind: 'held', by }
  const holders = reservations.holders.filter((holder) => !rivals.includes(holder))
  return { kind: 'free', globs, reservations: { ...reservations, holders } }
}

async function reservationsOf(ports: FilesPorts, repository: string, sight: Sight): Promise<Reservations> {
  const known = sight.reservations.get(repository)
  if (known !== undefined) return known
  let reservations = await ports.store.reservations(repository)
  if (isSweepDue(reservations)) {
    await learn(ports, reservations, reservations.holders, sight)
    reservations = sweptOf(reservations, (holder) => isGone(reservations, holder, sight))
  }
  sight.reservations.set(repository, reservations)
  return reservations
}

async function rivalsOf(
  { overlap = overlapAtSight }: FilesPorts,
  { key }: Job,
  { globs, reservations }: { readonly globs: readonly string[]; readonly reservations: Reservations },
): Promise<readonly Holder[]> {
  const rivals: Holder[] = []
  for (const holder of reservations.holders) {
    if (holder.number !== key.number && (await overlap(globs, holder.globs))) rivals.push(holder)
  }
  return rivals
}

/** Reads the records of holders that were not judged yet. */
async function learn(
  { store }: FilesPorts,
  { repository }: Reservations,
  holders: readonly Holder[],
  { ended }: Sight,
): Promise<void> {
  const unknown = holders.filter((holder) => !ended.has(nameOf(repository, holder)))
  if (unknown.length === 0) return
  const records = await store.records(unknown.map(({ number }) => ({ repository, number })))
  for (const holder of unknown) {
    const record = records.find(({ key }) => key.number === holder.number)
    ended.set(nameOf(repository, holder), hasEnded(holder, record))
  }
}

function isGone({ repository }: Reservations, holder: Holder, { ended }: Sight): boolean {
  return ended.get(nameOf(repository, holder)) === true
}

function nameOf(repository: string, { number, token }: Holder): string {
  return `${repository}#${number}/${token}`
}
