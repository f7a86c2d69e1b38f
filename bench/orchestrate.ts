/**
 * Measures one orchestration while every upstream call takes 50 ms: how many of these it waits for in a row, and how many
 * projects are orchestrated per second by 1, 8 and 32 callers. Exits 1 when a bound is missed.
 */
import type { Projects } from '#lib/projects/projects'
import { endWithNpm } from '#sandbox/lifeline/lifeline'
import { aProjectsStand, type ProjectsStand, since, total } from './lib/projects-stand.ts'
import { bound, print, quantile, type Row, type Section } from './lib/report.ts'

endWithNpm()

const LATENCY_MS = 50
const MOST_LATENCIES = 4
/** Requests of each kind; the first of them loads the Kubernetes client and is not counted. */
const EACH = 12
const CROWDS = [1, 8, 32] as const
const PER_CALLER = 6

const OPTIONS = {
  create_sprint_if_needed: true,
  assign_tasks: true,
  create_cronjob: true,
  sprint_duration_weeks: 2,
  max_tasks_per_sprint: 10,
}

function orchestrate(projects: Projects, project: string) {
  return projects.orchestrate({
    project,
    options: OPTIONS,
    schedule: undefined,
    dry_run: false,
    correlation_id: 'bench',
  })
}

/** What a first request meets, and what the same project's next one meets. */
async function measureLatencies(stand: ProjectsStand): Promise<Section> {
  const today = stand.services.store.today()
  const kinds = {
    'heals a CronJob': { sprints: [{ starts: today, open: 2 }] },
    'opens a sprint': { unassigned: 6 },
    'closes one, opens the next': { sprints: [{ starts: today, done: 4 }], unassigned: 6 },
  }
  const rows: Row[] = []
  for (const [kind, seed] of Object.entries(kinds)) {
    const times: Record<string, number[]> = { [kind]: [], [`${kind}, and then monitors`]: [] }
    let calls = 0
    for (let at = 0; at <= EACH; at++) {
      const id = `${kind.slice(0, 3).toUpperCase()}-${at}`
      stand.services.seed.project({ id, ...seed })
      const before = stand.calls().services
      for (const list of Object.values(times)) {
        const began = performance.now()
        await orchestrate(stand.projects, id)
        if (at > 0) list.push(performance.now() - began)
      }
      calls = total(since(before, stand.calls().services))
    }
    for (const [name, list] of Object.entries(times)) {
      const p50 = quantile(list, 0.5)
      rows.push({ request: name, 'p50 ms': p50, latencies: p50 / LATENCY_MS, 'calls of both': calls })
    }
  }
  const worst = Math.max(...rows.map(({ latencies }) => Math.floor(Number(latencies))))
  return {
    title: `One orchestration, ${LATENCY_MS} ms per upstream call`,
    rows,
    notes: [
      'latencies: the whole request in units of one upstream call; whole ones are calls in a row, the rest is ours',
    ],
    missed: bound(worst <= MOST_LATENCIES, `at most ${MOST_LATENCIES} upstream latencies in a row`),
  }
}

async function measureCrowds(stand: ProjectsStand): Promise<Section> {
  const today = stand.services.store.today()
  const rows: Row[] = []
  let alone = 0
  for (const crowd of CROWDS) {
    const ids = Array.from({ length: crowd * PER_CALLER }, (_, at) => `CROWD-${crowd}-${at}`)
    for (const id of ids) stand.services.seed.project({ id, sprints: [{ starts: today, open: 2 }] })
    const left = ids.values()
    const times: number[] = []
    const caller = async (): Promise<void> => {
      for (const id of left) {
        const began = performance.now()
        await orchestrate(stand.projects, id)
        times.push(performance.now() - began)
      }
    }
    const began = performance.now()
    await Promise.all(Array.from({ length: crowd }, caller))
    const perSecond = (ids.length / (performance.now() - began)) * 1000
    if (crowd === 1) alone = perSecond
    rows.push({
      callers: crowd,
      'per second': perSecond,
      'times one': perSecond / alone,
      'p50 ms': quantile(times, 0.5),
      'p99 ms': quantile(times, 0.99),
    })
  }
  return { title: 'Orchestrations per second', rows, missed: [] }
}

const stand = await aProjectsStand()
const sections: Section[] = []
try {
  for (const service of ['project', 'backlog', 'sprint', 'chronicle'] as const) {
    stand.services.fail(service, { delayMs: LATENCY_MS, times: Infinity })
  }
  for (const measure of [measureLatencies, measureCrowds]) {
    const section = await measure(stand)
    sections.push(section)
    print(section)
  }
} finally {
  await stand.stop()
}
const missed = sections.flatMap((section) => section.missed)
console.log(missed.length === 0 ? '\nEvery bound holds.' : `\n${missed.length} bound(s) missed.`)
process.exit(missed.length === 0 ? 0 : 1)
