/**
 * Preloaded into a program that has to put things in order before it ends: sends SIGTERM to its process group as soon as
 * standard input ends, and SIGKILL to what is left after a while. It must lead a process group.
 */
import { isMainThread } from 'node:worker_threads'
import { endGently } from './end-gently.ts'

if (isMainThread) {
  process.stdin.on('end', endGently).on('error', endGently).resume()
  // Alone it is no reason to stay.
  ;(process.stdin as { unref?: () => void }).unref?.()
}
