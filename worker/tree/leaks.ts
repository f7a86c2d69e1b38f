/** Keeps the worker's credentials out of what is pushed: an agent talked into printing its environment may have written it down. */
import { AppError } from '#lib/errors'
import type { Git } from '../git.ts'
import { createScanner } from '../secrets/scanner.ts'

/** Commits whose content is searched; a branch with more that are not on the base is refused. */
const MOST_COMMITS = 200

/**
 * Throws AppError `forbidden` when a commit of `result` that is not on `base` holds one of `secrets`. All objects that the
 * push would bring are read: commits (authors, messages, further headers), trees (names of files, folders, links and
 * submodules) and blobs (contents, targets of links), and the whole paths beside them.
 */
export async function refuseLeaks(
  mirror: Git,
  { base, result }: { base: string; result: string },
  secrets: readonly string[],
): Promise<void> {
  if (secrets.length === 0) return
  const range = `${base}..${result}`
  const { stdout } = await mirror(['rev-list', `--max-count=${MOST_COMMITS + 1}`, range, '--'])
  const commits = stdout.split('\n').filter(Boolean)
  if (commits.length > MOST_COMMITS) {
    throw new AppError('invalid', `The branch has more than ${MOST_COMMITS} commits that are not on its base.`)
  }
  if (commits.length === 0) return
  const scanner = createScanner(secrets)
  // A line per object: its id, and the path that led to it.
  const { stdout: objects } = await mirror(['rev-list', '--objects', range, '--'], { bytes: true })
  scanner.write(Buffer.from(objects, 'latin1'))
  const input = objects.replace(/ .*$/gm, '')
  await mirror(['cat-file', '--batch'], { input, bytes: true, onChunk: (chunk) => scanner.write(chunk) })
  if (scanner.found()) {
    throw new AppError(
      'forbidden',
      "The command's commits contain one of the worker's own credentials; nothing was pushed.",
    )
  }
}
