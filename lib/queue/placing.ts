/** Which worker runs on which host: by the configured name, else by the address it last called from. Pure. */
import type { Instant } from '#lib/clock'
import { type Host, placeOf } from './hosts.ts'
import type { WorkerRecord } from './model.ts'

/** A host and its worker, as it is stored or, when it has never been seen, as it would be. */
export interface Placement {
  readonly host: Host
  readonly record: WorkerRecord
}

export interface Placing {
  readonly placements: readonly Placement[]
  /** Workers without a configured host. */
  readonly elsewhere: readonly WorkerRecord[]
}

/** Each worker stands on one host at most, and each host has exactly one worker. */
export function placeWorkers(hosts: readonly Host[], workers: readonly WorkerRecord[], now: Instant): Placing {
  const named = new Set(hosts.flatMap(({ worker }) => (worker === null ? [] : [worker])))
  const free = new Map(workers.map((record) => [record.id, record]))
  const take = (id: string | undefined): WorkerRecord | undefined => {
    const record = id === undefined ? undefined : free.get(id)
    if (record !== undefined) free.delete(record.id)
    return record
  }
  const callers = workers.filter((record) => !named.has(record.id) && !isPlaceholder(record)).toSorted(latestFirst)
  const callerAt = (address: string) => callers.find(({ id, ip }) => free.has(id) && plain(ip) === plain(address))?.id
  const placements = hosts.map((host) => {
    const id = host.worker ?? placeholderId(host)
    const record = (host.worker === null ? take(callerAt(host.address)) : undefined) ?? take(id)
    return { host, record: record ?? unseen(id, host.address, now) }
  })
  return { placements, elsewhere: [...free.values()] }
}

/** True for a record that stands for a host whose worker has never called. */
export function isPlaceholder({ last_seen, total_tasks, pointer }: WorkerRecord): boolean {
  return last_seen === 0 && total_tasks === 0 && pointer === null
}

/** The host of a worker: by its name, by the last look, by the address it called from. */
export function hostOf(id: string, record: WorkerRecord | undefined, hosts: readonly Host[]): Host | undefined {
  const unnamed = hosts.filter(({ worker }) => worker === null)
  return (
    hosts.find(({ worker }) => worker === id) ??
    unnamed.find((host) => placeOf(host) === record?.check?.host) ??
    unnamed.find(({ address }) => record !== undefined && plain(address) === plain(record.ip))
  )
}

function unseen(id: string, ip: string, now: Instant): WorkerRecord {
  return { id, first_seen: now, last_seen: 0, total_tasks: 0, capabilities: [], ip, pointer: null, version: 0 }
}

const OUTSIDE_ID = /[^A-Za-z0-9._-]/g
const MAX_ID = 64

/** What a host's worker is called before it calls: the host's place in the letters of an id. */
function placeholderId(host: Host): string {
  return placeOf(host).replace(OUTSIDE_ID, '-').slice(0, MAX_ID)
}

/** An IPv4 address is one, however a dual-stack listener writes it. */
function plain(address: string | null): string | undefined {
  return address?.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '')
}

function latestFirst(a: WorkerRecord, b: WorkerRecord): number {
  return b.last_seen - a.last_seen || (a.id < b.id ? -1 : 1)
}
