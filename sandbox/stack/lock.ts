/**
 * One stack per data folder. The lock names its process and the process groups that it started, so that the start after
 * a crash can end what was left behind before it begins.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { AppError } from '#lib/errors'
import { readWhole, writeWhole } from './files.ts'
import { endGroup, identify, isRunning, type ProcessId, processId } from './processes.ts'

export interface Lock {
  /** The process of this stack. */
  readonly owner: ProcessId
  /** True when the stack before this one ended without releasing the folder. */
  readonly previousCrashed: boolean
  /** Notes a process group that must not outlive this stack. */
  add(leader: number): void
  release(): void
}

const contents = z.object({ owner: processId, groups: z.array(processId) })
type Contents = z.infer<typeof contents>

/** Takes the folder. Throws AppError `conflict` while another stack has it. */
export async function takeFolder(dataDir: string): Promise<Lock> {
  mkdirSync(dataDir, { recursive: true })
  const path = lockPath(dataDir)
  const owner = me()
  let groups: readonly ProcessId[] = []
  const held = (): Contents => ({ owner, groups: [...groups] })
  const previousCrashed = !create(path, held())
  if (previousCrashed) {
    await clearAway(dataDir, path)
    if (!create(path, held())) throw inUse(dataDir)
  }
  return {
    owner,
    previousCrashed,
    add(leader) {
      groups = [...groups, identify(leader)].filter((one) => one !== undefined)
      writeWhole(path, held())
    },
    release: () => rmSync(path, { force: true }),
  }
}

/** The stack that has the folder, while it runs: from the beginning of its start to the end of its stop. */
export function holderOf(dataDir: string): ProcessId | undefined {
  const owner = readWhole(lockPath(dataDir), contents)?.owner
  return owner !== undefined && isRunning(owner) ? owner : undefined
}

function lockPath(dataDir: string): string {
  return join(dataDir, 'stack.lock')
}

function me(): ProcessId {
  const found = identify(process.pid)
  if (found === undefined) throw new AppError('internal', 'This process cannot be found among the processes.')
  return found
}

/** False when the file is there already. */
function create(path: string, value: Contents): boolean {
  try {
    writeFileSync(path, JSON.stringify(value), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function clearAway(dataDir: string, path: string): Promise<void> {
  const left = readWhole(path, contents)
  if (left !== undefined && isRunning(left.owner)) throw inUse(dataDir, left.owner.pid)
  for (const group of left?.groups ?? []) {
    const now = identify(group.pid)
    // A leader of another age is a stranger who was given the number since.
    if (now === undefined || now.began === group.began) await endGroup(group.pid, 0)
  }
  // Of two starts that find the same stale lock, one moves it; the other fails here or at `create`.
  try {
    renameSync(path, `${path}.stale`)
    rmSync(`${path}.stale`, { force: true })
  } catch {
    throw inUse(dataDir)
  }
}

function inUse(dataDir: string, pid?: number): AppError {
  const who = pid === undefined ? 'Another Coxswain' : `Another Coxswain (process ${pid})`
  return new AppError('conflict', `${who} uses the data in ${dataDir}. Stop it, or set COXSWAIN_DATA_DIR.`)
}
