/** One job from clone to pull request. It notes each stage it reaches and tells nobody but the journal. */
import { mkdir, writeFile } from 'node:fs/promises'
import type { Clock, Sleep } from '#lib/clock'
import { AppError, isRetryable, toAppError } from '#lib/errors'
import type { Chance } from '#lib/ids'
import type { Checkout } from './checkout.ts'
import type { Commands } from './command.ts'
import { type Failure, failureOf, failureOfEnd, isWorthKeeping } from './failure.ts'
import { WORKER_EMAIL } from './git.ts'
import type { Stop } from './heart.ts'
import type { Journal } from './journal.ts'
import { dropResult, isKept, keepResult, keptResult, type Result, removeOld } from './kept.ts'
import { STOP_GRACE } from './lease.ts'
import type { Log } from './log.ts'
import type { Mask } from './mask.ts'
import { createMeter, type Meter } from './meter.ts'
import { type Place, placeOf } from './names.ts'
import { completed, judgeChange, type Outcome, type Pushed } from './plan.ts'
import { leaseRef, type Report, type Spent, type Usage, type Work } from './protocol.ts'
import type { Pulls } from './pulls.ts'
import { backoff, pause } from './retry.ts'
import type { CredentialName, Credentials } from './secrets/credentials.ts'
import { readUsage } from './usage.ts'
import { type CloneOwner, environmentOf } from './user/clone-owner.ts'
import type { CommandUser } from './user/command-user.ts'
import { issueFileOf, promptOf } from './words.ts'

/** Tries to open the pull request before the job is handed back. */
const PULL_TRIES = 5

export interface JobPorts {
  readonly checkout: Checkout
  readonly commands: Commands
  /** Who works in the command's clone. */
  readonly owner: CloneOwner
  readonly credentials: Credentials
  readonly pulls: Pulls
  readonly journal: Journal
  readonly clock: Clock
  readonly sleep: Sleep
  readonly chance: Chance
  readonly log: Log
  readonly mask: Mask
}

export interface JobOptions {
  /** Absolute. */
  readonly workspace: string
  readonly argv: readonly [string, ...string[]]
  /** Give the command its instructions on standard input. */
  readonly prompt: boolean
  readonly timeoutMs: number
  readonly env: Readonly<Record<string, string>>
  /** Credentials that the command may see and that lie in files. */
  readonly credentials: readonly CredentialName[]
  readonly user?: CommandUser | undefined
}

export interface Job {
  /** From the clone on; `used` is what an earlier run under this lease has spent. */
  run(work: Work, signal: AbortSignal, used?: Usage): Promise<Outcome>
  /** From the pushed branch on. */
  openPull(work: Work, done: Done, signal: AbortSignal): Promise<Outcome>
  /** What the lease at hand has spent so far; null while no command runs. */
  spent(): Promise<Usage | null>
  /** After a crash: what the command of this job had stated by then. */
  salvage(work: Whose): Promise<Usage>
  /** Ends what is left of the job's command and removes its folder, unless a result is kept in it. */
  discard(work: Whose): Promise<void>
}

type Whose = Pick<Work, 'repository' | 'number'>

/** A pushed branch, and what was spent on it. */
export interface Done {
  readonly pushed: Pushed
  readonly seconds: number
  readonly spent?: Spent | undefined
}

/** A failure of the job itself, with what its report says. */
class Failed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.kind)
    this.failure = failure
  }
}

/** How far a job has come: `after` once there is a result that was paid for. */
interface Progress {
  phase: 'before' | 'after'
}

export function createJob(ports: JobPorts, options: JobOptions): Job {
  const { checkout, journal, log, mask, clock } = ports
  const meter = createMeter(clock)
  const placeFor = ({ repository, number }: Whose) => placeOf(options.workspace, repository, number)

  async function pullRequest(work: Work, pushed: Pushed, signal: AbortSignal): Promise<Report> {
    const url = await openPatiently(ports, { work, pushed, signal })
    const spent = meter.spent()
    await journal.write({ stage: 'pr_opened', lease: leaseRef(work), pr_url: url, seconds: spent.usage.seconds, spent })
    await dropResult(placeFor(work))
    log.info('pull request open', { issue: work.number, pr_url: url })
    return completed(url, spent)
  }

  /** With a result that was kept nothing is cloned, and with one that is pushed nothing is run. */
  async function toPullRequest(work: Work, signal: AbortSignal, progress: Progress): Promise<Report> {
    const place = placeFor(work)
    await removeOld(options.workspace, clock.now())
    const kept = await keptResult(place, work)
    if (kept !== null) {
      log.info('going on from the kept result', { issue: work.number, branch: kept.point.branch })
      if (kept.usage !== null) meter.resume(kept.usage)
      progress.phase = 'after'
      await push({ work, place, signal }, kept)
      return announce(work, kept, signal)
    }
    const result = await produce({ work, place, signal }, progress)
    return announce(work, result, signal)
  }

  async function produce(task: Task, progress: Progress): Promise<Result> {
    const { work, place, signal } = task
    log.info('cloning', { issue: work.number, repository: work.repository })
    const prepared = await checkout.prepare(work, place, signal)
    const { repository, base, trunk, branch, start, head, lfs } = prepared
    const point = { repository, base, trunk, branch, start, head, lfs }
    if (prepared.pushed || prepared.answered) {
      log.info('the work is pushed already', { issue: work.number, branch })
      progress.phase = 'after'
      return { point, notes: [] }
    }
    await runCommand(ports, options, { ...task, branch, meter })
    progress.phase = 'after'
    const collected = await checkout.collect(work, place, prepared)
    const result = { point, notes: collected.notes.map(mask) }
    for (const note of result.notes) log.warn('note for the pull request', { issue: work.number, note })
    if (judgeChange({ ...collected, rework: feedbackOf(work) !== '' }) === 'nothing_changed') {
      const error = ['The command ended well but changed nothing in the repository.', ...result.notes].join(' ')
      throw new Failed({ kind: 'failed', error })
    }
    await keepResult(place, work, result, meter.spent().usage)
    await push(task, result)
    return result
  }

  async function push({ work, place, signal }: Task, { point }: Result): Promise<void> {
    signal.throwIfAborted()
    log.info('pushing', { issue: work.number, branch: point.branch })
    await checkout.publish(place, { prepared: point, signal })
  }

  async function announce(work: Work, { point, notes }: Result, signal: AbortSignal): Promise<Report> {
    signal.throwIfAborted()
    const spent = meter.spent()
    const pushed = { base: point.base, branch: point.branch, notes: [...notes] }
    await journal.write({ stage: 'pushed', lease: leaseRef(work), ...pushed, seconds: spent.usage.seconds, spent })
    return pullRequest(work, pushed, signal)
  }

  /** A stop outranks whatever error it caused. */
  async function settled(
    work: Work,
    signal: AbortSignal,
    { progress, report }: { progress: Progress; report: () => Promise<Report> },
  ): Promise<Outcome> {
    try {
      return { kind: 'finished', report: await report() }
    } catch (thrown) {
      if (signal.aborted) return { kind: 'interrupted', spent: meter.spent() }
      const said = { place: placeFor(work), mask }
      const failure = thrown instanceof Failed ? thrown.failure : await failed(toAppError(thrown), progress, said)
      log.warn('job failed', { issue: work.number, kind: failure.kind, error: failure.error })
      const githubTokenRefused = toAppError(thrown).details['refused'] === 'GITHUB_TOKEN'
      return { kind: 'finished', report: { ...failure, ...meter.spent() }, githubTokenRefused }
    }
  }

  return {
    async run(work, signal, used) {
      meter.start(used)
      await journal.write({ stage: 'leased', lease: leaseRef(work), used })
      const progress: Progress = { phase: 'before' }
      return settled(work, signal, { progress, report: () => toPullRequest(work, signal, progress) })
    },
    openPull(work, { pushed, seconds, spent = { usage: { seconds } } }, signal) {
      meter.start(undefined)
      meter.restore(spent)
      const progress: Progress = { phase: 'after' }
      return settled(work, signal, { progress, report: () => pullRequest(work, pushed, signal) })
    },
    spent: () => meter.beat(),
    salvage: (work) => readUsage(placeFor(work).usageFile, 0),
    discard: (work) => discarded(ports, work, placeFor(work)),
  }
}

async function endOutlived({ owner, log }: JobPorts, issue: number, place: Place): Promise<void> {
  const processes = await owner.endProcesses(place)
  if (processes > 0) log.warn('ended processes that outlived their command', { issue, processes })
}

async function discarded(ports: JobPorts, { number: issue }: Whose, place: Place): Promise<void> {
  await endOutlived(ports, issue, place)
  if (!(await isKept(place))) await ports.checkout.discard(place)
}

/** The failure that an error stands for; the result is kept only where a later lease may go on from it. */
async function failed(error: AppError, { phase }: Progress, said: { mask: Mask; place: Place }): Promise<Failure> {
  if (!isWorthKeeping(error)) await dropResult(said.place)
  return failureOf(error, phase, said)
}

interface Task {
  readonly work: Work
  readonly place: Place
  readonly signal: AbortSignal
}

interface Running extends Task {
  readonly branch: string
  readonly meter: Meter
}

async function runCommand(ports: JobPorts, options: JobOptions, task: Running): Promise<void> {
  const { commands, owner, log, mask } = ports
  const { work, place, signal, branch, meter } = task
  await mkdir(place.job, { recursive: true, mode: 0o700 })
  await writeFile(place.issueFile, `${JSON.stringify(issueFileOf(work, branch), null, 2)}\n`, { mode: 0o600 })
  if (feedbackOf(work) !== '') await writeFile(place.feedbackFile, `${feedbackOf(work)}\n`, { mode: 0o600 })
  await owner.handOverJob(place)
  const env = { ...options.env, ...(await secretsFor(ports, options)), ...jobEnvironment(task, options.user) }
  log.info('running the command', { issue: work.number, attempt: work.attempt })
  meter.begin(place.usageFile)
  const end = await commands.run({
    argv: options.argv,
    cwd: place.tree,
    env,
    user: options.user,
    stdin: options.prompt ? promptOf(work, branch) : '',
    timeoutMs: options.timeoutMs,
    signal,
    grace: () => (signal.reason as Stop | undefined)?.grace ?? STOP_GRACE,
    onLine: (line) => log.output(line),
  })
  const { seconds } = await meter.end()
  // Whatever the command put in the place of a kept result is not the worker's own.
  await endOutlived(ports, work.number, place)
  await dropResult(place)
  signal.throwIfAborted()
  log.info('command ended', { issue: work.number, how: end.kind, seconds })
  if (end.kind !== 'exited' || end.code !== 0) {
    const started = { program: options.argv[0], timeoutMs: options.timeoutMs }
    throw new Failed(failureOfEnd(end, mask, started))
  }
}

/** What reviewers ask for; empty when the job is no rework. */
const feedbackOf = (work: Work): string => work.previous?.feedback ?? ''

/** Credentials of the command, as their files hold them now. */
async function secretsFor(
  { credentials }: JobPorts,
  { credentials: names }: JobOptions,
): Promise<Record<string, string>> {
  const values: Record<string, string> = {}
  for (const name of names) values[name] = (await credentials.now(name)) ?? ''
  return values
}

function jobEnvironment({ work, place, branch }: Running, user: CommandUser | undefined): Record<string, string> {
  return {
    ...(user && environmentOf(user, place)),
    ISSUE_FILE: place.issueFile,
    COXSWAIN_ISSUE_NUMBER: String(work.number),
    COXSWAIN_REPOSITORY: work.repository,
    COXSWAIN_BRANCH: branch,
    COXSWAIN_ATTEMPT: String(work.attempt),
    COXSWAIN_USAGE_FILE: place.usageFile,
    // Empty unless a pull request of an earlier attempt is known, and unless reviewers sent it back.
    COXSWAIN_PR_URL: work.previous?.pr_url ?? '',
    COXSWAIN_FEEDBACK_FILE: feedbackOf(work) === '' ? '' : place.feedbackFile,
    GIT_CEILING_DIRECTORIES: place.folder,
    GIT_TERMINAL_PROMPT: '0',
    // Commits of the command count as the worker's: a later run may rebase what holds no others.
    GIT_COMMITTER_NAME: 'Coxswain worker',
    GIT_COMMITTER_EMAIL: WORKER_EMAIL,
  }
}

/** GitHub's limits and hiccups are waited out while the lease is kept alive. */
async function openPatiently(
  { pulls, sleep, chance, log }: JobPorts,
  { work, pushed, signal }: { work: Work; pushed: Pushed; signal: AbortSignal },
): Promise<string> {
  for (let failures = 1; ; failures += 1) {
    signal.throwIfAborted()
    try {
      return await pulls.openOrFind(work, pushed)
    } catch (error) {
      if (!(error instanceof AppError && isRetryable(error)) || failures >= PULL_TRIES) throw error
      log.warn('pull request not open yet', { issue: work.number, failures, error: error.message })
      await pause(sleep, backoff(failures, chance, { retryAfter: error.retryAfter }), signal)
    }
  }
}
