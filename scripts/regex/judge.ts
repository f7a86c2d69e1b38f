/** Asks recheck how long an expression can take on the worst text. Its engine in JavaScript needs nothing beside it. */
import { createRequire } from 'node:module'
import type { checkSync as Check } from 'recheck'

export type Verdict = 'safe' | 'vulnerable' | 'unknown'

/** Milliseconds for one expression; what takes longer to judge is `unknown`. */
const PATIENCE = 10_000

// Read when the module is loaded: without it, recheck starts Java or a program of its own.
process.env['RECHECK_SYNC_BACKEND'] = 'pure'
const { checkSync } = createRequire(import.meta.url)('recheck') as { checkSync: typeof Check }

/** `safe` is linear in the text's length; `vulnerable` is worse than that, also where it is only quadratic. */
export function judge(source: string, flags: string, patience: number = PATIENCE): Verdict {
  return checkSync(source, flags, { timeout: patience }).status
}
