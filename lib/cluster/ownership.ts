/** Whose a CronJob is: by its labels and annotations, which others may have removed or copied. */
import type { V1CronJob } from '@kubernetes/client-node'
import type { CronJobSpec, LiveCronJob } from '#lib/projects/ports'
import { ANNOTATION, OWNER } from './manifest.ts'

export type Owner = Pick<LiveCronJob, 'owner' | 'owner_name'>

const US: Owner = { owner: 'us', owner_name: null }

/** Whose it is. `installation` is our own id; null when this installation has none. */
export function ownerOf(cronJob: V1CronJob, installation: string | null): Owner {
  const { annotations = {}, managedFields = [] } = cronJob.metadata ?? {}
  const theirs = annotations[ANNOTATION.installation]
  if (theirs !== undefined && installation !== null && theirs !== installation) {
    return { owner: 'other_installation', owner_name: theirs }
  }
  if (isLabelled(cronJob) || isMadeByUs(cronJob)) return US
  return { owner: 'stranger', owner_name: managedFields[0]?.manager ?? null }
}

/** Ours, and for this very sprint. */
export function isFor(cronJob: V1CronJob, { project, sprint }: Pick<CronJobSpec, 'project' | 'sprint'>): boolean {
  return projectOf(cronJob) === project && sprintOf(cronJob) === sprint
}

export function projectOf({ metadata }: V1CronJob): string {
  return metadata?.annotations?.[ANNOTATION.project] ?? metadata?.labels?.['project'] ?? ''
}

export function sprintOf({ metadata }: V1CronJob): string {
  return metadata?.annotations?.[ANNOTATION.sprint] ?? metadata?.labels?.['sprint'] ?? ''
}

function isLabelled({ metadata }: V1CronJob): boolean {
  return metadata?.labels?.[OWNER.label] === OWNER.value
}

/** Only a manifest of ours has a hash: our label was removed by hand, and nothing else is needed to know it again. */
function isMadeByUs({ metadata }: V1CronJob): boolean {
  return metadata?.annotations?.[ANNOTATION.hash] !== undefined
}
