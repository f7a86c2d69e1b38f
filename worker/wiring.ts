/** Puts the worker together from its configuration. */
import type { Clock, Sleep } from '#lib/clock'
import type { Chance } from '#lib/ids'
import { createCheckout } from './checkout.ts'
import { createCommands } from './command.ts'
import type { WorkerConfig } from './config.ts'
import { createGit } from './git.ts'
import { createJob } from './job.ts'
import { createJournal } from './journal.ts'
import { createLog, type Log } from './log.ts'
import { createLoop, type Loop } from './loop.ts'
import { createMask } from './mask.ts'
import { createOrchestrator } from './orchestrator.ts'
import { createPulls } from './pulls.ts'
import { createCredentials } from './secrets/credentials.ts'
import { formsOf } from './secrets/needles.ts'

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
  const credentials = createCredentials(config.credentials, config.secrets)
  const mask = createMask(credentials.known)
  const log = createLog({ ...ports, mask }, { level: config.logLevel, plain })
  const author = `Coxswain worker ${workerId}`
  const githubToken = () => credentials.now('GITHUB_TOKEN')
  const git = createGit({ mask }, { url: github.gitUrl, token: githubToken, env: config.gitEnv, author })
  const pulls = createPulls(ports, { apiUrl: github.apiUrl, token: githubToken })
  const { ignore, submoduleHosts } = config
  const checkoutOptions = { url: github.gitUrl, secrets: () => formsOf(credentials.known()), ignore, submoduleHosts }
  const checkout = createCheckout({ git, remote: pulls }, checkoutOptions)
  const journal = createJournal(workspace, workerId)
  const commands = createCommands(ports)
  const job = createJob({ ...ports, checkout, commands, pulls, journal, log, mask }, { workspace, ...config.command })
  const orchestrator = createOrchestrator(ports, {
    url: config.orchestrator.url,
    token: async () => (await credentials.now('ORCHESTRATOR_TOKEN')) ?? '',
    workerId,
  })
  const loop = createLoop({ ...ports, orchestrator, job, journal, log }, config)
  return { log, loop, killAll: commands.killAll }
}
