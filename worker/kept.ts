/**
 * The result of a command, kept in the job's mirror until its pull request is open, so that no run is paid twice: a later
 * lease of the same question goes on from there. Results that nobody asked for again are removed after a day.
 */
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { hours, type Instant } from '#lib/clock'
import type { Origin } from './checkout.ts'
import type { Place } from './names.ts'
import { leaseRef, sameLease, type Usage, type Work, wireUsage } from './protocol.ts'
import { removeFolder } from './remove.ts'
import { questionOf } from './words.ts'

const KEPT_FOR = hours(24)

const FILE = 'kept.json'

const kept = z.object({
  question: z.string(),
  lease: z.object({ repository: z.string(), number: z.number(), token: z.union([z.number(), z.string()]) }),
  point: z.object({
    repository: z.string(),
    base: z.string(),
    trunk: z.string(),
    branch: z.string(),
    start: z.string(),
    head: z.string().nullable(),
    lfs: z.boolean(),
  }),
  notes: z.array(z.string()),
  usage: wireUsage,
})

/** A collected result, ready to be pushed from the job's mirror. */
export interface Result {
  readonly point: Origin
  /** What the commits leave out, one line each. */
  readonly notes: readonly string[]
}

export interface Kept extends Result {
  /** All that its lease has spent by then; null when that was another lease, whose reports have told it. */
  readonly usage: Usage | null
}

export async function keepResult(place: Place, work: Work, { point, notes }: Result, usage: Usage): Promise<void> {
  const note = { question: questionOf(work), lease: leaseRef(work), point, notes, usage }
  await writeFile(join(place.folder, FILE), JSON.stringify(note), { mode: 0o600 })
}

/** The kept answer to what `work` asks; null when there is none, or it answers something else. */
export async function keptResult(place: Place, work: Work): Promise<Kept | null> {
  const note = await readNote(place.folder)
  if (note === null || note.question !== questionOf(work)) return null
  const usage = sameLease(note.lease, leaseRef(work)) ? note.usage : null
  return { point: note.point, notes: note.notes, usage }
}

export async function isKept(place: Place): Promise<boolean> {
  return (await readNote(place.folder)) !== null
}

/** From then on the folder may go. */
export async function dropResult(place: Place): Promise<void> {
  await rm(join(place.folder, FILE), { force: true })
}

/** Removes the folders of results under `workspace` that were kept for a day. */
export async function removeOld(workspace: string, now: Instant): Promise<void> {
  for (const owner of await foldersIn(workspace)) {
    for (const repository of await foldersIn(owner)) {
      for (const folder of await foldersIn(repository)) {
        const { mtimeMs = now } = (await stat(join(folder, FILE)).catch(() => null)) ?? {}
        if (now - mtimeMs > KEPT_FOR) await removeFolder(folder)
      }
    }
  }
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
  return names.map((name) => join(folder, name))
}

async function readNote(folder: string): Promise<z.infer<typeof kept> | null> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => '')
  try {
    return kept.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
