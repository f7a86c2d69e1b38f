/**
 * Measures the sweep: 1,000 active projects of which 50 need healing, over HTTP against the stand-in cluster and services;
 * and the pure decision for one project. Exits 1 when a bound is missed.
 */

import { endWithNpm } from '#sandbox/lifeline/lifeline'
import { measureDecision } from './lib/decision.ts'
import { aProjectsStand, type ProjectsStand, since, total } from './lib/projects-stand.ts'
import { bound, print, type Section } from './lib/report.ts'

endWithNpm()

const PROJECTS = 1_000
const MISSING = 30
const DRIFTED = 20
const MOST_LISTS = 5
const CALLS_PER_PROJECT = 2
/** CronJobs put up at once before the measurement. */
const LANES = 16

const idOf = (at: number) => `P-${String(at).padStart(4, '0')}`

/** Projects with an active sprint each; all but some have the CronJob they should have. */
async function furnish({ services, cronJobs }: ProjectsStand): Promise<void> {
  const today = services.store.today()
  for (let at = 0; at < PROJECTS; at++) services.seed.project({ id: idOf(at), sprints: [{ starts: today, open: 2 }] })
  const left = Array.from({ length: PROJECTS - MISSING }, (_, at) => at + MISSING).values()
  const lane = async (): Promise<void> => {
    for (const at of left) {
      const [sprint] = services.store.sprints(idOf(at))
      const schedule = at < MISSING + DRIFTED ? '0 9 * * 1-5' : '0 14 * * 1-5'
      await cronJobs.apply({ project: idOf(at), sprint: sprint?.sprint_id ?? '', schedule, time_zone: null }, null)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

async function measureSweep(stand: ProjectsStand, round: string): Promise<Section> {
  const before = stand.calls()
  stand.units.reset()
  const memory = process.memoryUsage().rss
  const began = performance.now()
  const report = await stand.projects.sweep({ correlation_id: 'bench' })
  const ms = performance.now() - began
  const after = stand.calls()
  const asked = since(before.cluster, after.cluster)
  const upstream = total(since(before.services, after.services))
  const count = (verb: string) => asked.get(`${verb} cronjobs`) ?? 0
  const [lists, gets] = [count('list'), count('get')]
  const writes = count('create') + count('patch') + count('update')
  const healed = report.healed.length
  const units = stand.units.totals()
  const row = {
    sweep: round,
    projects: report.projects,
    healed,
    ms: Math.round(ms),
    'ms/project': ms / report.projects,
    lists,
    gets,
    'writes/heal': healed === 0 ? 0 : writes / healed,
    'upstream/project': upstream / report.projects,
    'table writes': units.writes,
    'table reads': units.reads,
    'MB more': Math.round((process.memoryUsage().rss - memory) / 2 ** 20),
  }
  return {
    title: `A sweep over ${PROJECTS} active projects, ${round}`,
    rows: [row],
    missed: [
      ...bound(lists <= MOST_LISTS, `at most ${MOST_LISTS} list calls to the cluster`),
      ...bound(
        gets <= (round === 'first' ? MISSING : 0),
        'a CronJob is asked for by itself only where the list shows none',
      ),
      ...bound(writes === healed, 'one write to the cluster per heal'),
      ...bound(upstream <= CALLS_PER_PROJECT * PROJECTS, `at most ${CALLS_PER_PROJECT} upstream calls per project`),
      ...bound(
        healed === (round === 'first' ? MISSING + DRIFTED : 0),
        'what needs healing is healed, and nothing else',
      ),
    ],
  }
}

const stand = await aProjectsStand()
const sections: Section[] = []
const show = (section: Section) => {
  sections.push(section)
  print(section)
}
try {
  await furnish(stand)
  show(await measureSweep(stand, 'first'))
  show(await measureSweep(stand, 'again'))
} finally {
  await stand.stop()
}
show(measureDecision())

const missed = sections.flatMap((section) => section.missed)
console.log(missed.length === 0 ? '\nEvery bound holds.' : `\n${missed.length} bound(s) missed.`)
process.exit(missed.length === 0 ? 0 : 1)
