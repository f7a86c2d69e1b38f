/**
 * A job's clone, from empty folder to pushed branch.
 *
 * The command gets a tree cloned from a local mirror. Only the mirror ever meets the remote and the token, so nothing the
 * command writes into its own `.git` is in force when the token is around.
 */
import { mkdir, rm } from 'node:fs/promises'
import { AppError } from '#lib/errors'
import type { Git } from './git.ts'
import { branchOf, type Place, splitRepository } from './names.ts'
import type { Work } from './protocol.ts'
import { commitMessage, LEASE_TRAILER, leaseMark } from './words.ts'

/** Where the mirror keeps what came out of the tree, until it is pushed. */
const RESULT = 'refs/coxswain/result'

/** New commits whose content is searched for secrets; a run that makes more is refused. */
const MOST_COMMITS = 200

export interface Prepared {
  /** The remote's default branch. */
  readonly base: string
  /** The commit the command starts from: an earlier attempt's branch where there is one, else the base. */
  readonly start: string
  /** This very lease pushed its work already, before the worker died. */
  readonly pushed: boolean
}

export interface Result {
  readonly changed: boolean
  readonly ahead: boolean
}

export interface Checkout {
  /** Empties the job's folder and clones into it. */
  prepare(work: Work, place: Place, signal: AbortSignal): Promise<Prepared>
  /** Commits what the command left uncommitted, and says what there is to show. */
  collect(work: Work, place: Place, prepared: Prepared): Promise<Result>
  /** Pushes the branch; never by force. Throws AppError `forbidden` when the commits hold one of the worker's secrets. */
  publish(work: Work, place: Place, options: { prepared: Prepared; signal: AbortSignal }): Promise<void>
  discard(place: Place): Promise<void>
}

export interface CheckoutOptions {
  readonly url: string
  /** Values that must not leave the machine in a commit. */
  readonly secrets: readonly string[]
}

export function createCheckout({ git }: { readonly git: Git }, { url, secrets }: CheckoutOptions): Checkout {
  const remoteOf = (work: Work): string => {
    const { owner, repo } = splitRepository(work.repository)
    return `${url.replace(/\/+$/, '')}/${owner}/${repo}.git`
  }

  const discard = (place: Place) => rm(place.folder, { recursive: true, force: true, maxRetries: 3 })

  return {
    discard,

    async prepare(work, place, signal) {
      await discard(place)
      await mkdir(place.folder, { recursive: true, mode: 0o700 })
      const clone = ['clone', '--quiet', '--bare', '--no-tags', '--', remoteOf(work), place.mirror]
      await git(clone, { credentials: true, signal })
      const mirror = inRepository(git, [`--git-dir=${place.mirror}`])
      const { base, start } = await startingPoint(mirror, branchOf(work.number))
      const trailer = `--format=%(trailers:key=${LEASE_TRAILER},valueonly)`
      const { stdout } = await mirror(['log', '-1', trailer, '--end-of-options', start])
      await git(['clone', '--quiet', '--no-tags', '--no-hardlinks', '--no-checkout', '--', place.mirror, place.tree], {
        signal,
      })
      const tree = inRepository(git, inTree(place))
      await tree(['checkout', '--quiet', '-B', branchOf(work.number), start, '--'], { signal })
      return { base, start, pushed: stdout.trim() === leaseMark(work) }
    },

    async collect(work, place, { base, start }) {
      const tree = inRepository(git, inTree(place))
      await tree(['add', '--all', '--', '.'])
      const { code } = await tree(['diff', '--cached', '--quiet', 'HEAD', '--'], { answers: [1] })
      if (code === 1) await tree(['commit', '--quiet', '--no-verify', '--file=-'], { input: commitMessage(work) })
      const { stdout } = await tree(['rev-parse', '--verify', 'HEAD^{commit}'])
      const head = stdout.trim()
      if (!(await isAncestor(tree, start, head))) {
        throw new AppError('invalid', 'The command rewrote the history of the branch; such work cannot be pushed.')
      }
      const ahead = await tree(['rev-list', '--count', `refs/remotes/origin/${base}..${head}`, '--'])
      return { changed: head !== start, ahead: Number(ahead.stdout) > 0 }
    },

    async publish(work, place, { prepared, signal }) {
      const mirror = inRepository(git, [`--git-dir=${place.mirror}`])
      await mirror(['fetch', '--quiet', '--no-tags', '--force', '--', place.tree, `HEAD:${RESULT}`], { signal })
      await refuseLeaks(mirror, prepared.start, secrets)
      const refspec = `${RESULT}:refs/heads/${branchOf(work.number)}`
      await mirror(['push', '--quiet', '--no-verify', '--', remoteOf(work), refspec], { credentials: true, signal })
    },
  }
}

/** Both are named outright, so that a tree without `.git` is an error instead of the repository around it. */
function inTree(place: Place): readonly string[] {
  return ['-C', place.tree, `--git-dir=${place.tree}/.git`, `--work-tree=${place.tree}`]
}

function inRepository(git: Git, where: readonly string[]): Git {
  return (args, call) => git([...where, ...args], call)
}

/** The base, and the branch of an earlier attempt unless all of it is in the base by now. */
async function startingPoint(mirror: Git, branch: string): Promise<{ base: string; start: string }> {
  const { stdout } = await mirror(['symbolic-ref', '--short', 'HEAD'])
  const base = stdout.trim()
  const trunk = await commitAt(mirror, `refs/heads/${base}`)
  if (trunk === null) throw new AppError('invalid', 'The repository has no commit to start from.')
  const earlier = await commitAt(mirror, `refs/heads/${branch}`)
  const merged = earlier !== null && (await isAncestor(mirror, earlier, trunk))
  return { base, start: earlier === null || merged ? trunk : earlier }
}

async function commitAt(git: Git, ref: string): Promise<string | null> {
  const { code, stdout } = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], {
    answers: [1],
  })
  return code === 0 ? stdout.trim() : null
}

async function isAncestor(git: Git, older: string, newer: string): Promise<boolean> {
  const { code } = await git(['merge-base', '--is-ancestor', older, newer], { answers: [1] })
  return code === 0
}

/** An agent talked into printing its environment may have written it into a file. */
async function refuseLeaks(mirror: Git, start: string, secrets: readonly string[]): Promise<void> {
  if (secrets.length === 0) return
  const { stdout } = await mirror(['rev-list', `--max-count=${MOST_COMMITS + 1}`, `${start}..${RESULT}`, '--'])
  const commits = stdout.split('\n').filter(Boolean)
  if (commits.length > MOST_COMMITS)
    throw new AppError('invalid', `The command made more than ${MOST_COMMITS} commits.`)
  if (commits.length === 0) return
  const search = ['grep', '--quiet', '--text', '--fixed-strings', '-f', '-', ...commits, '--']
  const { code } = await mirror(search, { input: `${secrets.join('\n')}\n`, answers: [1] })
  const messages = await mirror(['log', '--format=%an%n%ae%n%B', `${start}..${RESULT}`, '--'])
  if (code === 0 || secrets.some((secret) => messages.stdout.includes(secret))) {
    throw new AppError(
      'forbidden',
      "The command's commits contain one of the worker's own credentials; nothing was pushed.",
    )
  }
}
