/** Puts the worker together from its configuration. */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Clock, Sleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Chance } from '#lib/ids'
import { createCheckout } from './checkout.ts'
import { createCommands } from './command.ts'
import type { WorkerConfig } from './config.ts'
import { createGit } from './git.ts'
import { createJob } from './job.ts'
import { createJournal } from './journal.ts'
import { createLog, type Log } from './log.ts'
import { createLoop, type Loop } from './loop.ts'
import { createMask, formsOf } from './mask.ts'
import { createOrchestrator } from './orchestrator.ts'
import { createPulls } from './pulls.ts'

export interface WorkerPorts {
  readonly clock: Clock
  readonly sleep: Sleep
  readonly chance: Chance
  readonly fetch: typeof fetch
  /** Takes one line of the log. */
  write(line: string): void
}

export interface Worker {
  readonly log: Log
  readonly loop: Loop
  /** Kills what still runs, at once. */
  killAll(): void
}

export function createWorker(ports: WorkerPorts, config: WorkerConfig, { plain }: { readonly plain: boolean }): Worker {
  const { github, workspace, workerId } = config
  const secrets = [...config.secrets, ...tokenNow(config.orchestrator)]
  const mask = createMask(secrets)
  const log = createLog({ ...ports, mask }, { level: config.logLevel, plain })
  const author = `Coxswain worker ${workerId}`
  const git = createGit({ mask }, { url: github.gitUrl, token: github.token, env: config.gitEnv, author })
  const pulls = createPulls(ports, github)
  const { ignore, submoduleHosts } = config
  const checkoutOptions = { url: github.gitUrl, secrets: formsOf(secrets), ignore, submoduleHosts }
  const checkout = createCheckout({ git, remote: pulls }, checkoutOptions)
  const journal = createJournal(workspace, workerId)
  const commands = createCommands(ports)
  const job = createJob({ ...ports, checkout, commands, pulls, journal, log, mask }, { workspace, ...config.command })
  const orchestrator = createOrchestrator(ports, {
    url: config.orchestrator.url,
    token: tokenOf(config.orchestrator),
    workerId,
  })
  const loop = createLoop({ ...ports, orchestrator, job, journal, log }, config)
  return { log, loop, killAll: commands.killAll }
}

/** The token that the file holds now, to be masked; a later one is known by its form. */
function tokenNow({ tokenFile }: WorkerConfig['orchestrator']): readonly string[] {
  if (tokenFile === undefined) return []
  try {
    return [readFileSync(tokenFile, 'utf8').trim()]
  } catch {
    return []
  }
}

/** The file wins: it can be replaced while the worker runs. */
function tokenOf({ token = '', tokenFile }: WorkerConfig['orchestrator']): string | (() => Promise<string>) {
  if (tokenFile === undefined) return token
  return async () => {
    const text = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
      throw new AppError('unauthenticated', `The token cannot be read from ${tokenFile}.`, { cause })
    })
    return text.trim()
  }
}
