/**
 * Makes a sprint's CronJob what it should be with one write: a POST where nothing has its name, which the server refuses
 * for certain when something has; else a patch of what differs. A stranger's object and another installation's are left
 * alone.
 */
import type { V1CronJob } from '@kubernetes/client-node'
import { AppError } from '#lib/errors'
import type { Applied, CronJobSpec } from '#lib/projects/ports'
import type { ClusterClient } from './client.ts'
import { changes, differences, withIgnored } from './diff.ts'
import { changedMeanwhile, ofOtherInstallation, strangers } from './errors.ts'
import type { CronJobManifest } from './manifest.ts'
import { isFor, ownerOf } from './ownership.ts'
import { patchOf } from './patch.ts'

export interface Wanted {
  readonly spec: CronJobSpec
  readonly manifest: CronJobManifest
  readonly installation: string | null
  /** JSON pointers of what is neither compared nor written. */
  readonly ignore: readonly string[]
  /** One that is made anew: what is ignored stays as it was there. */
  readonly like: V1CronJob | undefined
}

/** `seen` is what a list has just shown under the name, null for nothing; it is not trusted. */
export async function applyCronJob(
  client: ClusterClient,
  wanted: Wanted,
  seen: V1CronJob | null | undefined,
): Promise<Applied> {
  const name = nameOf(wanted)
  if (seen === null) return create(client, wanted)
  if (seen !== undefined && isWorthPatching(wanted, seen)) {
    const settled = await settle(client, wanted, seen)
    if (settled !== undefined) return settled
  }
  const found = await client.read(name)
  if (found === undefined) return create(client, wanted)
  return settledOrThrow(client, wanted, found)
}

/** What is seen as it should be, or under another name, is looked at again. */
function isWorthPatching({ manifest, ignore }: Wanted, seen: V1CronJob): boolean {
  return seen.metadata?.name === manifest.metadata.name && differences(manifest, seen, ignore).length > 0
}

/** What the name belongs to is judged first: whoever took it since it was looked up keeps what he has. */
async function create(client: ClusterClient, wanted: Wanted): Promise<Applied> {
  const { manifest, ignore, like } = wanted
  const name = nameOf(wanted)
  try {
    const made = await client.create(like === undefined ? manifest : withIgnored(manifest, like, ignore))
    return { name, outcome: 'created', ...whatIsLeft(wanted, made) }
  } catch (error) {
    if (!isConflict(error)) throw error
    const taken = await client.read(name)
    if (taken === undefined) throw error
    return settledOrThrow(client, wanted, taken)
  }
}

async function settledOrThrow(client: ClusterClient, wanted: Wanted, found: V1CronJob): Promise<Applied> {
  const settled = await settle(client, wanted, found)
  if (settled === undefined) throw changedMeanwhile(attemptedOn(wanted))
  return settled
}

/** Undefined when the object is another one by now, or gone. Throws `conflict` for one that is not ours. */
async function settle(client: ClusterClient, wanted: Wanted, found: V1CronJob): Promise<Applied | undefined> {
  const name = nameOf(wanted)
  requireOurs(wanted, found)
  if (found.metadata?.deletionTimestamp !== undefined) return { name, outcome: 'terminating' }
  const before = changes(wanted.manifest, found, wanted.ignore)
  if (before.length === 0) return { name, outcome: 'unchanged' }
  try {
    const answer = await client.patch(name, patchOf(before, found.metadata?.resourceVersion))
    if (answer === undefined) return undefined
    const left = whatIsLeft(wanted, answer)
    const stood = differences(wanted.manifest, found, wanted.ignore)
    const isNothingDone = (left.left?.drift.length ?? 0) >= stood.length
    return { name, outcome: isNothingDone ? 'fought' : 'repaired', ...left }
  } catch (error) {
    if (isConflict(error)) return undefined
    throw error
  }
}

/** What the server's answer shows otherwise than it was wanted: something rewrote it on its way in. */
function whatIsLeft({ manifest, ignore }: Wanted, answer: V1CronJob): Pick<Applied, 'left'> {
  const drift = differences(manifest, answer, ignore)
  return drift.length === 0 ? {} : { left: { version: versionOf(answer), drift } }
}

/** Another one as soon as anybody changes what is to run. */
export function versionOf({ metadata }: V1CronJob): string {
  return `${metadata?.uid ?? ''}:${metadata?.generation ?? 0}`
}

function requireOurs(wanted: Wanted, found: V1CronJob): void {
  const { owner, owner_name } = ownerOf(found, wanted.installation)
  const attempted = attemptedOn(wanted)
  if (owner === 'other_installation') throw ofOtherInstallation(attempted, owner_name ?? '')
  if (owner === 'stranger' || !isFor(found, wanted.spec)) throw strangers(attempted)
}

function attemptedOn(wanted: Wanted) {
  const { namespace = '' } = wanted.manifest.metadata
  return { verb: 'patch', resource: 'cronjobs', namespace, name: nameOf(wanted) }
}

const nameOf = ({ manifest }: Wanted): string => manifest.metadata.name ?? ''

function isConflict(error: unknown): boolean {
  return error instanceof AppError && error.code === 'conflict'
}
