/** Looks up what a list by labels cannot show: a CronJob of ours whose label was removed, still there under its name. */
import type { CronJobs, LiveCronJob } from './ports.ts'

/**
 * The CronJobs of a project with the one that has the name of the active sprint's, whatever became of its labels. Costs
 * one call, and only when no list shows one of that name. A stranger's is left out: the attempt to create ours tells it.
 */
export async function withHolder(
  cronJobs: CronJobs,
  lives: readonly LiveCronJob[],
  project: string,
  sprint: string | undefined,
): Promise<readonly LiveCronJob[]> {
  if (sprint === undefined) return lives
  const name = cronJobs.nameOf(project, sprint)
  if (lives.some((live) => live.name === name)) return lives
  const holder = await cronJobs.find(project, sprint)
  return holder === null || holder.owner === 'stranger' ? lives : [...lives, holder]
}
