/**
 * Preloaded into every child process: ends its whole process group as soon as the stack is gone, however it went.
 * The stack holds the other end of standard input and never writes to it, so its end means that the stack has ended.
 */
import { isMainThread } from 'node:worker_threads'

if (isMainThread) {
  process.stdin.on('end', endGroup).on('error', endGroup).resume()
  // Alone it is no reason to stay.
  ;(process.stdin as { unref?: () => void }).unref?.()
}

function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL')
  } catch {
    // It leads no group.
    process.kill(process.pid, 'SIGKILL')
  }
}
