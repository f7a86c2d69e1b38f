/**
 * Keeps the objects in memory and every change on disk before it is acknowledged.
 *
 * A change is one line appended to `journal.ndjson`; the kernel holds it once `write` returned, so killing the process
 * loses nothing. Now and then, and at every start, all is written anew to `state.json` (temporary file, then rename) and
 * the journal is emptied. Lines hold whole objects, so reading a line that the snapshot already has changes nothing.
 */
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { appendAll, readLines, replaceFile } from '#sandbox/journal'
import type { KubeObject } from '../api/objects.ts'
import type { Resource } from '../api/resources.ts'

/** Where an object is; the namespace is empty for what belongs to none. */
export interface Key {
  readonly resource: Pick<Resource, 'plural'>
  readonly namespace: string
  readonly name: string
}

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly plural: string
  readonly object: KubeObject
  readonly revision: number
}

/** What to write; null takes the object away. */
export interface Write {
  readonly key: Key
  readonly object: KubeObject | null
}

export interface Store {
  get(key: Key): KubeObject | undefined
  /** In the order of namespace and name; of all namespaces when none is given. */
  list(resource: Pick<Resource, 'plural'>, namespace?: string): KubeObject[]
  /** Writes all or nothing, each with a resource version of its own; safe once this returns. Answers what was written. */
  commit(writes: readonly Write[]): KubeObject[]
  /** The newest resource version. */
  revision(): number
  /** Changes after `revision`, oldest first; undefined when some of them are forgotten. */
  since(revision: number): readonly Change[] | undefined
  /** Calls back on every change; answers how to end that. */
  subscribe(listener: (change: Change) => void): () => void
  close(): void
}

/** Beyond this the journal takes noticeably long to read back. */
const JOURNAL_BYTES = 16 * 1024 * 1024
/** How many changes a watch can catch up on. */
const REMEMBERED = 2000

const kept = z.looseObject({ metadata: z.looseObject({ name: z.string(), resourceVersion: z.string() }) })
const snapshot = z.object({ version: z.literal(1), revision: z.number(), objects: z.record(z.string(), kept) })
const line = z.array(z.object({ k: z.string(), r: z.number(), o: kept.nullable() }))
type Entry = { readonly k: string; readonly r: number; readonly o: KubeObject | null }

const pathOf = ({ resource, namespace, name }: Key): string => `${resource.plural}/${namespace}/${name}`

export function openStore(directory: string): Store {
  mkdirSync(directory, { recursive: true })
  const statePath = join(directory, 'state.json')
  const journalPath = join(directory, 'journal.ndjson')
  const objects = new Map<string, KubeObject>()
  const listeners = new Set<(change: Change) => void>()
  const recent: Change[] = []

  const apply = ({ k, o }: Entry): void => {
    if (o === null) objects.delete(k)
    else objects.set(k, o)
  }
  let revision = readState(statePath, apply)
  for (const entry of readEntries(journalPath)) {
    apply(entry)
    revision = Math.max(revision, entry.r)
  }
  /** Changes up to here were made before this process, which does not remember them. */
  let forgotten = revision
  const journal = openSync(journalPath, 'a')
  let journalSize = 0

  const compact = (): void => {
    replaceFile(statePath, JSON.stringify({ version: 1, revision, objects: Object.fromEntries(objects) }))
    ftruncateSync(journal, 0)
    journalSize = 0
  }
  compact()

  /** The change with a resource version of its own; undefined for the removal of what is not there. */
  const changeOf = ({ key, object }: Write): (Change & { readonly path: string }) | undefined => {
    const path = pathOf(key)
    const before = objects.get(path)
    const standing = object ?? before
    if (standing === undefined) return undefined
    revision += 1
    const stamped = { ...standing, metadata: { ...standing.metadata, resourceVersion: String(revision) } }
    const type = object === null ? 'DELETED' : before === undefined ? 'ADDED' : 'MODIFIED'
    return { path, type, plural: key.resource.plural, object: stamped, revision }
  }

  const tell = (change: Change): void => {
    recent.push(change)
    if (recent.length > REMEMBERED) forgotten = recent.shift()?.revision ?? forgotten
    for (const listener of listeners) listener(change)
  }

  return {
    get: (key) => objects.get(pathOf(key)),
    list({ plural }, namespace) {
      const start = namespace === undefined ? `${plural}/` : `${plural}/${namespace}/`
      const paths = [...objects.keys()].filter((path) => path.startsWith(start)).sort()
      return paths.flatMap((path) => objects.get(path) ?? [])
    },
    commit(writes) {
      const changes = writes.flatMap((write) => changeOf(write) ?? [])
      if (changes.length === 0) return []
      const entries = changes.map(({ path, type, object: o, revision: r }) => ({
        k: path,
        r,
        o: type === 'DELETED' ? null : o,
      }))
      journalSize += appendAll(journal, `${JSON.stringify(entries)}\n`)
      entries.forEach(apply)
      changes.forEach(tell)
      if (journalSize > JOURNAL_BYTES) compact()
      return changes.map(({ object }) => object)
    },
    revision: () => revision,
    since: (after) => (after < forgotten ? undefined : recent.filter((change) => change.revision > after)),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => closeSync(journal),
  }
}

/** Hands the snapshot's objects to `apply`; answers its revision. */
function readState(path: string, apply: (entry: Entry) => void): number {
  if (!existsSync(path)) return 0
  const { revision, objects } = snapshot.parse(JSON.parse(readFileSync(path, 'utf8')))
  for (const [k, o] of Object.entries(objects)) apply({ k, r: revision, o: o as unknown as KubeObject })
  return revision
}

/** What the journal holds. */
function readEntries(path: string): Entry[] {
  return readLines(path).flatMap((text) => line.parse(JSON.parse(text)) as unknown as Entry[])
}
