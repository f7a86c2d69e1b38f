/**
 * A job's clone, from empty folder to pushed branch.
 *
 * The command gets a tree cloned from a local mirror. Only the mirror ever meets the remote and the token, so nothing the
 * command writes into its own `.git` is in force when the token is around.
 */
import { mkdir } from 'node:fs/promises'
import type { Git } from './git.ts'
import { type Place, splitRepository } from './names.ts'
import type { Work } from './protocol.ts'
import { refusedClone, refusedPush } from './refusals.ts'
import type { RemoteFacts } from './remote/facts.ts'
import { isGitMoved } from './remote/renames.ts'
import { removeFolder } from './remove.ts'
import { type Baseline, takeBaseline } from './tree/baseline.ts'
import { inMirror, inTree, treeOf } from './tree/gits.ts'
import { asTreeTrouble } from './tree/integrity.ts'
import { refuseLeaks } from './tree/leaks.ts'
import { createLeftOut, type LeftOut } from './tree/left-out.ts'
import {
  configureLfs,
  fetchObjects,
  hasLfs,
  LFS_MISSING,
  lfsSettings,
  newObjects,
  pushObjects,
  takeObjects,
  usesLfs,
} from './tree/lfs.ts'
import { collectResult, judgeHistory, RESULT } from './tree/result.ts'
import { isAhead, type StartingPoint, startingPoint } from './tree/starting-point.ts'
import { type SubmoduleOptions, type Submodules, updateSubmodules } from './tree/submodules.ts'
import { type CloneOwner, sameOwner } from './user/clone-owner.ts'
import { LEASE_TRAILER, leaseMark, QUESTION_TRAILER, questionOf } from './words.ts'

/** What pushing a result needs to know of where it began. */
export interface Origin extends StartingPoint {
  /** `owner/repo` as the remote calls it now. */
  readonly repository: string
  /** git-lfs is on this machine. */
  readonly lfs: boolean
}

export interface Prepared extends Origin {
  /** This very lease pushed its work already, before the worker died. */
  readonly pushed: boolean
  /** An earlier lease pushed an answer to the same question and could not report it. */
  readonly answered: boolean
  readonly baseline: Baseline
  readonly leftOut: LeftOut
  readonly submodules: Submodules
  /** What the command could not be given, one sentence each. */
  readonly notes: readonly string[]
}

export interface Result {
  /** The files are others than where the run began. */
  readonly changed: boolean
  /** Merging the branch would change files of the base. */
  readonly ahead: boolean
  /** What the command could not be given, and what was left out of the commits; one sentence each. */
  readonly notes: readonly string[]
}

export interface Checkout {
  /** Empties the job's folder and clones into it. */
  prepare(work: Work, place: Place, signal: AbortSignal): Promise<Prepared>
  /**
   * Commits what the command left uncommitted, and says what there is to show. Throws AppError `invalid` when the work
   * cannot be pushed as it is.
   */
  collect(work: Work, place: Place, prepared: Prepared): Promise<Result>
  /**
   * Pushes what was collected; over commits of its own only, and only while they are still those that it started from. Throws
   * AppError `forbidden` when the commits hold one of the worker's secrets, and what refusals.ts makes of the remote's words.
   */
  publish(place: Place, options: { prepared: Origin; signal: AbortSignal }): Promise<void>
  discard(place: Place): Promise<void>
}

export interface CheckoutPorts {
  readonly git: Git
  /** Null for a remote without an API: then every branch counts as one without pull requests. */
  readonly remote: RemoteFacts | null
  /** Who works in the command's clone; the worker's own user where nothing else is said. */
  readonly owner?: CloneOwner
}

export interface CheckoutOptions {
  readonly url: string
  /** Values that must not leave the machine in a commit. */
  readonly secrets: readonly string[] | (() => readonly string[])
  /** Hosts that submodules may be fetched from, beside that of `url`; without the token. */
  readonly submoduleHosts?: readonly string[]
  /** Patterns of files that are left out of commits, in the syntax of .gitignore; beside the usual ones. */
  readonly ignore?: readonly string[]
}

export function createCheckout(
  { git, remote, owner = sameOwner(git) }: CheckoutPorts,
  options: CheckoutOptions,
): Checkout {
  const { url, ignore = [], submoduleHosts: hosts = [] } = options
  const addressOf = (repository: string): string => {
    const { owner, repo } = splitRepository(repository)
    return `${url.replace(/(?<!\/)\/+$/, '')}/${owner}/${repo}.git`
  }

  const discard = (place: Place) => removeFolder(place.folder)

  /** Runs `task`, and once more under the repository's new name when the remote says that it has one. */
  async function followed<T>(repository: string, task: (name: string) => Promise<T>): Promise<T> {
    try {
      return await task(repository)
    } catch (error) {
      if (remote === null || !isGitMoved(error)) throw error
      return task((await remote.locate(repository)).repository)
    }
  }

  return {
    discard,

    async prepare(work, place, signal) {
      await discard(place)
      await mkdir(place.folder, { recursive: true, mode: 0o700 })
      for (const closed of [place.mirror, place.modules]) await mkdir(closed, { mode: 0o700 })
      const repository = await followed(work.repository, async (name) => {
        const clone = ['clone', '--quiet', '--bare', '--no-tags', '--', addressOf(name), place.mirror]
        await git(clone, { credentials: true, signal })
        return name
      }).catch(refusedClone)
      const mirror = inMirror(git, place)
      const point = await startingPoint(mirror, remote, { repository, number: work.number })
      const marks = await marksOf(mirror, work, point)
      await git(['clone', '--quiet', '--no-tags', '--no-hardlinks', '--no-checkout', '--', place.mirror, place.tree], {
        signal,
      })
      const files = await fillTree(git, place, {
        point,
        remote: addressOf(repository),
        url,
        hosts,
        signal,
      })
      const leftOut = await createLeftOut(mirror, place, { own: [point.start, point.trunk], more: ignore })
      await owner.handOverClone(place)
      return { ...point, ...files, ...marks, repository, leftOut }
    },

    async collect(work, place, prepared) {
      await owner.endProcesses(place)
      const tree = inTree(owner.git, place, lfsSettings(place, prepared.lfs))
      const { notes } = await collectResult({ git, tree }, work, { ...prepared, place })
      const mirror = inMirror(git, place)
      const fetch = ['fetch', '--quiet', '--no-tags', '--force', ...owner.fetching]
      await asTreeTrouble(place, () => mirror([...fetch, '--', place.tree, `${RESULT}:${RESULT}`]))
      // Filters that the clone's configuration names may have started something.
      await owner.endProcesses(place)
      const rewritten = await judgeHistory(mirror, prepared, RESULT)
      const isOther = (await treeOf(mirror, RESULT)) !== (await treeOf(mirror, prepared.start))
      return {
        changed: isOther || rewritten,
        ahead: await isAhead(mirror, prepared.trunk, RESULT),
        notes: [...prepared.notes, ...notes],
      }
    },

    async publish(place, { prepared, signal }) {
      const mirror = inMirror(git, place)
      const { trunk: base, branch, head } = prepared
      const secrets = typeof options.secrets === 'function' ? options.secrets() : options.secrets
      await refuseLeaks(mirror, { base, result: RESULT }, secrets)
      const objects = prepared.lfs ? await newObjects(mirror, `${base}..${RESULT}`) : []
      await takeObjects(place, { objects, secrets, uid: owner.uid })
      const target = `refs/heads/${branch}`
      const lease = (await judgeHistory(mirror, prepared, RESULT)) ? [`--force-with-lease=${target}:${head ?? ''}`] : []
      await followed(prepared.repository, async (name) => {
        await pushObjects(mirror, { remote: addressOf(name), objects, signal })
        const push = ['push', '--quiet', '--no-verify', ...lease, '--', addressOf(name), `${RESULT}:${target}`]
        await mirror(push, { credentials: true, signal })
      }).catch(refusedPush)
    },
  }
}

interface Filling extends SubmoduleOptions {
  readonly point: StartingPoint
  /** Address of the repository. */
  readonly remote: string
  readonly signal: AbortSignal
}

/** Checks out the starting point, with the content of files in Git LFS and of submodules. */
async function fillTree(
  git: Git,
  place: Place,
  { point, remote, signal, ...options }: Filling,
): Promise<Pick<Prepared, 'baseline' | 'lfs' | 'submodules' | 'notes'>> {
  const mirror = inMirror(git, place)
  const { start, trunk, branch } = point
  const [lfs, isUsed] = [await hasLfs(git), await usesLfs(mirror, start)]
  if (lfs && isUsed) await fetchObjects(mirror, { remote, commits: [start, trunk], signal })
  const tree = inTree(git, place, lfsSettings(place, lfs))
  await configureLfs(tree, place, lfs)
  await tree(['checkout', '--quiet', '-B', branch, start, '--'], { signal })
  const submodules = await updateSubmodules(git, place, { ...options, remote, commit: start, signal })
  const notes = [...(isUsed && !lfs ? [LFS_MISSING] : []), ...submodules.notes]
  return { baseline: await takeBaseline(tree), lfs, submodules, notes }
}

/** Whose work the commit to start from is: this very lease's, or an answer to the same question without a pull request. */
async function marksOf(mirror: Git, work: Work, { start, head }: StartingPoint) {
  const trailer = (key: string) => `%(trailers:key=${key},valueonly,separator=%x2C)`
  const format = `--format=${trailer(LEASE_TRAILER)}%n${trailer(QUESTION_TRAILER)}`
  const { stdout } = await mirror(['log', '-1', format, '--end-of-options', start])
  const [lease = '', question = ''] = stdout.split('\n').map((line) => line.trim())
  const isOurs = start === head && lease.startsWith(`${work.repository}#${work.number}/`)
  const isUnreported = !work.previous?.pr_url && question === questionOf(work)
  return { pushed: lease === leaseMark(work), answered: isOurs && isUnreported }
}
