/**
 * A data folder that its owner alone can open: it holds tokens, keys and everything that was said and done. What is made
 * later is closed by the umask of the stack and its children; this closes what an earlier start left open.
 */
import { chmodSync, type Dirent, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#lib/errors'

/** For the stack and all that it starts: what they create is for their owner alone. */
export const OWNER_ONLY_UMASK = 0o077

const OWNER = 0o700
const OTHERS_MAY_WRITE = 0o002

/** What a stack keeps in its folder. Other files in a shared folder are left as they are. */
const OWN =
  /^(?:agent-hub|cluster|compile-cache|cursors|demo-workspace|dev\.json|dynamodb\.db.*|github|logs|stack\.lock.*|upstream)$/

/** Makes the folder if need be and closes it and what is ours in it. Throws AppError `invalid` for a folder that is not one's own. */
export function closeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: OWNER })
  const { mode } = lstatSync(path)
  if ((mode & OTHERS_MAY_WRITE) !== 0) throw notOwn(path, 'everybody may write there')
  try {
    chmodSync(path, OWNER)
  } catch (cause) {
    throw notOwn(path, 'it cannot be closed to others', cause)
  }
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (OWN.test(entry.name)) closeTree(join(path, entry.name), entry)
  }
}

function closeTree(path: string, entry: Dirent): void {
  // A link would lead the change of mode to a file of another owner.
  if (entry.isSymbolicLink()) return
  const mode = lstatSync(path).mode & 0o777
  if ((mode & ~OWNER) !== 0) chmodSync(path, mode & OWNER)
  // Inside a closed clone nothing can be reached, and there may be a hundred thousand files.
  if (!entry.isDirectory() || isRepository(path)) return
  for (const inner of readdirSync(path, { withFileTypes: true })) closeTree(join(path, inner.name), inner)
}

function isRepository(path: string): boolean {
  return existsSync(join(path, '.git')) || (existsSync(join(path, 'HEAD')) && existsSync(join(path, 'objects')))
}

function notOwn(path: string, why: string, cause?: unknown): AppError {
  return new AppError(
    'invalid',
    `${path} cannot hold the data: ${why}. Set COXSWAIN_DATA_DIR to a folder of your own.`,
    {
      cause,
    },
  )
}
