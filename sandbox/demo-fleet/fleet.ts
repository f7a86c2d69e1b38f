/** The workers: real worker programs, each in a folder of its own, one of which is killed in the middle of a job. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock, Instant, Sleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { commandLine, type Said, startWorker, type WorkerProgram } from '../programs/worker.ts'
import { hasGroup } from '../stack/processes.ts'
import type { Ground } from './ground.ts'

/** What a worker does, as its log tells it. */
export interface Doing {
  readonly id: string
  readonly issue: number | null
  readonly what: string
  /** Jobs it brought to an end. */
  readonly done: number
}

export interface Killed {
  readonly worker: string
  readonly number: number
  readonly at: Instant
}

export interface Fleet {
  doing(): readonly Doing[]
  killed(): Killed | null
  /** Rejects when a worker ends that nobody ended. */
  readonly death: Promise<never>
  stop(): Promise<void>
  leftovers(): readonly number[]
}

export interface FleetPorts {
  readonly ground: Pick<Ground, 'dev' | 'github'>
  readonly clock: Clock
  readonly sleep: Sleep
  readonly tell: (line: string) => void
}

export interface FleetOptions {
  readonly folder: string
  readonly workers: number
  /** Its worker is killed while the command runs. */
  readonly killAt: number
}

const COMMAND = commandLine(fileURLToPath(new URL('./command.ts', import.meta.url)))
/** Into the command: it takes a second or more. */
const KILL_AFTER_MS = 600

/** What a line of the log says of the worker; lines that are not here change nothing. */
const WHAT: Readonly<Record<string, string>> = {
  'job taken': 'takes it',
  cloning: 'clones',
  'running the command': 'runs its command',
  'command ended': 'commits',
  pushing: 'pushes',
  'pull request open': 'reports',
}
/** The job is over, however it went. */
const OVER: ReadonlySet<string> = new Set(['reported', 'job given back', 'job was not ours any more', 'job dropped'])

export function startFleet(ports: FleetPorts, { folder, workers, killAt }: FleetOptions): Fleet {
  const { ground, clock, sleep, tell } = ports
  const { promise: death, reject } = Promise.withResolvers<never>()
  death.catch(() => undefined)
  const state = new Map<string, Doing>()
  const programs = new Map<string, WorkerProgram>()
  let killed: Killed | null = null
  let stopping = false

  function hear(id: string, { msg, issue, ...facts }: Said): void {
    const before = state.get(id)
    if (before === undefined || killed?.worker === id) return
    const what = WHAT[msg]
    if (what !== undefined && issue !== undefined) state.set(id, { ...before, issue, what })
    if (msg === 'held back') state.set(id, { ...before, issue: null, what: `held back: ${facts['reason']}` })
    if (OVER.has(msg)) state.set(id, { id, issue: null, what: 'asks for work', done: before.done + 1 })
    if (msg === 'running the command' && issue === killAt) void kill(id, issue)
  }

  async function kill(id: string, number: number): Promise<void> {
    if (killed !== null) return
    killed = { worker: id, number, at: Number.POSITIVE_INFINITY }
    await sleep(KILL_AFTER_MS)
    if (stopping) return
    killed = { worker: id, number, at: clock.now() }
    programs.get(id)?.kill()
    state.set(id, { id, issue: null, what: `killed in the middle of #${number}`, done: state.get(id)?.done ?? 0 })
    tell(`${id}    killed (SIGKILL) in the middle of #${number}`)
  }

  function start(id: string): void {
    const workspace = join(folder, id)
    mkdirSync(workspace, { recursive: true })
    state.set(id, { id, issue: null, what: 'starts', done: 0 })
    const orchestrator = { url: ground.dev.url, token: ground.dev.tokens.worker }
    const program = startWorker({ id, command: COMMAND, orchestrator, github: ground.github, workspace }, (said) =>
      hear(id, said),
    )
    programs.set(id, program)
    void program.ended.then((code) => {
      if (!stopping && killed?.worker !== id) reject(new AppError('unavailable', `${id} ended by itself (${code}).`))
    })
  }

  for (let at = 1; at <= workers; at++) start(`worker-${at}`)
  return {
    doing: () => [...state.values()],
    killed: () => killed,
    death,
    async stop() {
      stopping = true
      await Promise.all([...programs.values()].map((program) => program.stop()))
    },
    leftovers: () => [...programs.values()].map(({ group }) => group).filter(hasGroup),
  }
}
