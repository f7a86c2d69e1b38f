/** What the worker must not forget when it dies: the lease it holds and how far the job has come. One small file, replaced whole. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as z from 'zod'
import { isRepository } from './names.ts'
import { report, spent, wireUsage } from './protocol.ts'

const lease = z.object({
  repository: z.string().refine(isRepository),
  number: z.int().positive(),
  token: z.union([z.number(), z.string()]),
})

/**
 * ```
 * leased ──command, commit, push──▶ pushed ──▶ pr_opened ──▶ reporting ──acknowledged──▶ (no entry)
 *    └──────────────command or Git failed──────────────────────▲
 * ```
 */
const entry = z.discriminatedUnion('stage', [
  // `used`: by a run under this lease that a crash ended.
  z.object({ stage: z.literal('leased'), lease, used: wireUsage.optional() }),
  z.object({
    stage: z.literal('pushed'),
    lease,
    base: z.string(),
    /** Absent in an entry of a worker that knew one branch per issue. */
    branch: z.string().optional(),
    /** What the commits leave out, one line each. */
    notes: z.array(z.string()).optional(),
    seconds: z.number(),
    spent: spent.optional(),
  }),
  z.object({ stage: z.literal('pr_opened'), lease, pr_url: z.string(), seconds: z.number(), spent: spent.optional() }),
  z.object({ stage: z.literal('reporting'), lease, report }),
])

export type Entry = z.infer<typeof entry>

export interface Journal {
  /** The entry of the job at hand; null when there is none or the file cannot be understood. */
  read(): Promise<Entry | null>
  write(entry: Entry): Promise<void>
  clear(): Promise<void>
}

/** The journal of `workerId` under the absolute folder `workspace`. */
export function createJournal(workspace: string, workerId: string): Journal {
  const file = join(workspace, '.coxswain', `${workerId}.json`)
  return {
    async read() {
      const text = await readFile(file, 'utf8').catch(absent)
      const parsed = entry.safeParse(parseJson(text ?? ''))
      return parsed.success ? parsed.data : null
    },
    async write(next) {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 })
      await writeDurably(`${file}.new`, JSON.stringify(next))
      await rename(`${file}.new`, file)
    },
    clear: () => rm(file, { force: true }),
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  await using handle = await open(file, 'w', 0o600)
  await handle.writeFile(text)
  await handle.sync()
}

function absent(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
