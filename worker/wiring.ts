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
import { type CredentialName, createCredentials } from './secrets/credentials.ts'
import { formsOf } from './secrets/needles.ts'
import { otherOwner, sameOwner } from './user/clone-owner.ts'
import { type CommandUser, findUser } from './user/command-user.ts'

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
  readonly user: CommandUser | undefined
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
  const gitOptions = { url: github.gitUrl, env: config.gitEnv, author }
  const git = createGit({ mask }, { ...gitOptions, token: githubToken })
  // Never with the token: they work in the command's clone alone.
  const local = { ...gitOptions, env: config.localGitEnv, token: null }
  const gitOf = ({ uid, gid, home }: CommandUser) =>
    createGit({ mask }, { ...local, env: { ...local.env, HOME: home ?? '/' }, as: { uid, gid } })
  const pulls = createPulls(ports, { apiUrl: github.apiUrl, token: githubToken })
  const { ignore, submoduleHosts } = config
  const checkoutOptions = { url: github.gitUrl, secrets: () => formsOf(credentials.known()), ignore, submoduleHosts }
  const user = config.command.user === undefined ? undefined : findUser(config.command.user)
  const owner = user === undefined ? sameOwner(createGit({ mask }, local)) : otherOwner(gitOf(user), user)
  const checkout = createCheckout({ git, remote: pulls, owner }, checkoutOptions)
  const journal = createJournal(workspace, workerId)
  const commands = createCommands(ports)
  const job = createJob(
    { ...ports, checkout, commands, owner, credentials, pulls, journal, log, mask },
    { workspace, ...config.command, user },
  )
  const orchestrator = createOrchestrator(ports, {
    url: config.orchestrator.url,
    token: async () => (await credentials.now('ORCHESTRATOR_TOKEN')) ?? '',
    workerId,
  })
  const inFile = async (name: CredentialName) =>
    config.credentials[name].file === undefined ? null : credentials.now(name)
  const { tokenRefused: githubTokenRefused } = pulls
  const loop = createLoop({ ...ports, orchestrator, job, journal, log, githubTokenRefused, inFile }, config)
  return { log, loop, user, killAll: commands.killAll }
}
