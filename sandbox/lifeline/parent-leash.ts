/**
 * Preloaded into a program that has a use of its own for its standard input, like the worker, which starts itself anew
 * with a file there: sends SIGTERM to its process group once the parent named in this module's address has ended, and
 * SIGKILL to what is left after a while. It must lead a process group.
 */
import { isMainThread } from 'node:worker_threads'
import { endGently } from './end-gently.ts'

const LOOK_MS = 500

const parent = Number(new URL(import.meta.url).searchParams.get('parent'))

if (isMainThread) setInterval(look, LOOK_MS).unref()

/** A process whose parent ends gets another one. */
function look(): void {
  if (process.ppid !== parent) endGently()
}
