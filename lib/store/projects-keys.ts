/** Where projects live in the table. */
import type { Key } from './table.ts'

/** Wide enough for a decision a second for a million years, so that text sorts like numbers. */
const padded = (n: number): string => String(n).padStart(15, '0')

/** What an operator set for a project, and what its orchestration remembers. */
export const settingsKey = (project: string): Key => ({ pk: `PROJECT#${project}`, sk: 'settings' })
export const stateKey = (project: string): Key => ({ pk: `PROJECT#${project}`, sk: 'state' })

/** The decisions of a project in their order: one record each, never changed. */
export const decisionsOf = (project: string): string => `DECISIONS#${project}`
export const decisionKey = (project: string, seq: number): Key => ({ pk: decisionsOf(project), sk: padded(seq) })

/** Past sprints: few enough for one partition, so that a day's lesson reads them all. */
export const EPISODES = 'EPISODES'
export const episodesOf = (project: string): string => `${project}#`
export const episodeKey = (project: string, sprint: string): Key => ({
  pk: EPISODES,
  sk: `${episodesOf(project)}${sprint}`,
})

export const STRATEGIES = 'STRATEGIES'
export const strategyKey = (id: string): Key => ({ pk: STRATEGIES, sk: id })

/** The scheduled time of the newest sweep. */
export const SWEEP: Key = { pk: 'SWEEPS', sk: 'projects' }
