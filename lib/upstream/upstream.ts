/** The upstream services behind one port: project, backlog, sprint and Chronicle. */
import { type Clock, type Sleep, seconds, systemClock, systemSleep } from '#lib/clock'
import { type Chance, systemChance } from '#lib/ids'
import type { Upstream } from '#lib/projects/ports'
import { isServiceAddress } from './addresses.ts'
import { backlogService } from './backlog.ts'
import { chronicleDesk, chronicleHistory } from './chronicle.ts'
import { inProcessMemory, type NoteMemory, writeOnce } from './notes.ts'
import { projectService } from './project.ts'
import { createService, type Errand } from './service.ts'
import { createServiceFetch, type Fetch } from './service-fetch.ts'
import { sprintService } from './sprint.ts'

export interface UpstreamOptions {
  /** Base addresses. Link-local ones are refused, here and when a name resolves to one. */
  readonly project: string
  readonly backlog: string
  readonly sprint: string
  readonly chronicle: string
  /** `host:port` of services on this very machine, which is refused otherwise. */
  readonly allowed?: readonly string[]
  /** What is remembered of notes; of this process only, unless given. */
  readonly notes?: NoteMemory
  readonly fetch?: Fetch
  readonly clock?: Clock
  readonly sleep?: Sleep
  readonly chance?: Chance
  /** Milliseconds for one try of a call that may be repeated. */
  readonly attemptMs?: number
  /** Milliseconds for a call with all its repeats. */
  readonly deadlineMs?: number
}

export interface UpstreamClient extends Upstream {
  /** The same services, circuits and all, with the correlation id of a request and one deadline for all its calls. */
  onBehalfOf(errand: Errand): Upstream
}

/** Ten times what a healthy service takes. */
const ATTEMPT = seconds(3)
/** Leaves an API call of 29 seconds room for a decision and its effects. */
const DEADLINE = seconds(10)
/** Chronicle only adds advice; a part that hangs must not cost the parts that came. Its caller waits three seconds. */
const HISTORY = seconds(2.5)

/** Keep it: the circuits and connections live in it. Throws `invalid` for an address that cannot be used. */
export function createUpstream(options: UpstreamOptions): UpstreamClient {
  const { clock = systemClock, sleep = systemSleep, chance = systemChance, notes = inProcessMemory() } = options
  const { attemptMs = ATTEMPT, deadlineMs = DEADLINE } = options
  const allowed = options.allowed ?? []
  const fetch = options.fetch ?? createServiceFetch((address, url) => isServiceAddress(address, url, allowed))
  const ports = { fetch, allowed, clock, sleep, chance, attemptMs, deadlineMs }
  const project = createService('project', options.project, ports)
  const backlog = createService('backlog', options.backlog, ports)
  const sprint = createService('sprint', options.sprint, ports)
  const chronicle = createService('chronicle', options.chronicle, ports)

  const onBehalfOf = (errand: Errand): Upstream => {
    const desk = chronicleDesk(chronicle(errand))
    const soon = () => ({ ...errand, deadline: Math.min(errand.deadline ?? Infinity, clock.now() + HISTORY) })
    return {
      ...projectService(project(errand)),
      ...backlogService(backlog(errand)),
      ...sprintService(sprint(errand)),
      history: (projectId) => chronicleHistory(chronicle(soon()))(projectId),
      noteDecision: (note) => writeOnce({ desk, memory: notes, clock }, note),
    }
  }
  return { ...onBehalfOf({}), onBehalfOf }
}
