/** Keeps the worker's credentials out of what is pushed: an agent talked into printing its environment may have written it down. */
import { AppError } from '#lib/errors'
import type { Git } from '../git.ts'
import { parseRaw } from './gits.ts'

/** Commits whose content is searched; a branch with more that are not on the base is refused. */
const MOST_COMMITS = 200

/** Throws AppError `forbidden` when a commit of `result` that is not on `base` holds one of `secrets`. */
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
  const search = ['grep', '--quiet', '--text', '--fixed-strings', '-f', '-', ...commits, '--']
  const { code } = await mirror(search, { input: `${secrets.join('\n')}\n`, answers: [1] })
  const words = await mirror(['log', '--format=%an%n%ae%n%cn%n%ce%n%B', range, '--'])
  const places = await namesAndLinks(mirror, range)
  if (code === 0 || secrets.some((secret) => words.stdout.includes(secret) || places.includes(secret))) {
    throw new AppError(
      'forbidden',
      "The command's commits contain one of the worker's own credentials; nothing was pushed.",
    )
  }
}

/** Mode of a symbolic link, whose target `git grep` does not look at. */
const LINK = '120000'

/** All names of changed files, and all targets of changed links. */
async function namesAndLinks(mirror: Git, range: string): Promise<string> {
  const args = ['log', '-m', '--raw', '--no-abbrev', '--no-renames', '-z', '--format=', range, '--']
  const { stdout } = await mirror(args, { bytes: true })
  const changes = parseRaw(stdout.replaceAll('\n:', ':').replace(/^\n/, ''))
  const links = [...new Set(changes.filter(({ mode }) => mode === LINK).map(({ blob }) => blob))]
  const targets = links.length === 0 ? '' : await contents(mirror, links)
  return Buffer.from(`${stdout}${targets}`, 'latin1').toString('utf8')
}

async function contents(mirror: Git, blobs: readonly string[]): Promise<string> {
  const input = blobs.map((blob) => `${blob}\n`).join('')
  return (await mirror(['cat-file', '--batch'], { input, bytes: true })).stdout
}
