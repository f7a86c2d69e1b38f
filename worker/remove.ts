/** Removes folders that a command has filled: however deep they are, and without following what is put into its place meanwhile. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The system's own program walks by open folders; Node by paths, which have a longest length. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    await run('rm', ['-rf', '--', folder])
  } catch {
    // No such program, or a file that was written at that moment.
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
