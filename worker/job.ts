/** One job from clone to pull request. It notes each stage it reaches and tells nobody but the journal. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock, Sleep } from '#lib/clock'
import { AppError, isRetryable, toAppError } from '#lib/errors'
import type { Chance } from '#lib/ids'
import type { Checkout, Prepared } from './checkout.ts'
import type { CommandEnd, Commands } from './command.ts'
import { WORKER_EMAIL } from './git.ts'
import type { Stop } from './heart.ts'
import type { Journal } from './journal.ts'
import { STOP_GRACE } from './lease.ts'
import type { Log } from './log.ts'
import type { Mask } from './mask.ts'
import { type Place, placeOf } from './names.ts'
import { completed, judgeChange, type Outcome, type Pushed } from './plan.ts'
import { leaseRef, type Report, type Usage, type Work } from './protocol.ts'
import type { Pulls } from './pulls.ts'
import { backoff, pause } from './retry.ts'
import { endStrays } from './strays.ts'
import { readUsage } from './usage.ts'
import { issueFileOf, promptOf, tailOf } from './words.ts'

/** Characters of an error report. */
const LONGEST_ERROR = 4000

/** Tries to open the pull request before the job is handed back. */
const PULL_TRIES = 5

/** What a command exits with to say "not now" (EX_TEMPFAIL of sysexits.h), e.g. when its vendor limits it. */
const TRY_LATER = 75

export interface JobPorts {
  readonly checkout: Checkout
  readonly commands: Commands
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
}

export interface Job {
  /** From the clone on. */
  run(work: Work, signal: AbortSignal): Promise<Outcome>
  /** From the pushed branch on. */
  openPull(
    work: Work,
    done: { readonly pushed: Pushed; readonly seconds: number },
    signal: AbortSignal,
  ): Promise<Outcome>
  /** Ends what is left of the job's command and removes its folder. */
  discard(work: { readonly repository: string; readonly number: number }): Promise<void>
}

/** A failure of the job itself, with the report that tells of it. */
class Failed extends Error {
  readonly report: Report
  constructor(report: Report) {
    super(report.kind)
    this.report = report
  }
}

export function createJob(ports: JobPorts, options: JobOptions): Job {
  const { checkout, journal, log, mask } = ports

  async function pullRequest(
    work: Work,
    pushed: Pushed,
    { signal, usage }: { signal: AbortSignal; usage: Usage },
  ): Promise<Report> {
    const url = await openPatiently(ports, { work, pushed, signal })
    await journal.write({ stage: 'pr_opened', lease: leaseRef(work), pr_url: url, seconds: usage.seconds })
    log.info('pull request open', { issue: work.number, pr_url: url })
    return completed(url, usage)
  }

  async function fromClone(work: Work, signal: AbortSignal): Promise<Report> {
    const place = placeOf(options.workspace, work.repository, work.number)
    await journal.write({ stage: 'leased', lease: leaseRef(work) })
    log.info('cloning', { issue: work.number, repository: work.repository })
    const prepared = await checkout.prepare(work, place, signal)
    const done = { usage: { seconds: 0 }, notes: [] }
    const { usage, notes } = prepared.pushed ? done : await produce({ work, place, prepared, signal })
    signal.throwIfAborted()
    const pushed = { base: prepared.base, branch: prepared.branch, notes: notes.map(mask) }
    await journal.write({ stage: 'pushed', lease: leaseRef(work), ...pushed, seconds: usage.seconds })
    return pullRequest(work, pushed, { signal, usage })
  }

  async function produce(task: Task): Promise<{ usage: Usage; notes: readonly string[] }> {
    const { work, place, prepared, signal } = task
    const usage = await runCommand(ports, options, task)
    const rework = feedbackOf(work) !== ''
    const result = await checkout.collect(work, place, prepared)
    for (const note of result.notes) log.warn('note for the pull request', { issue: work.number, note })
    if (judgeChange({ ...result, rework }) === 'nothing_changed') {
      const error = ['The command ended well but changed nothing in the repository.', ...result.notes].join(' ')
      throw new Failed({ kind: 'failed', error: mask(error) })
    }
    signal.throwIfAborted()
    log.info('pushing', { issue: work.number, branch: prepared.branch })
    await checkout.publish(place, { prepared, signal })
    return { usage, notes: result.notes }
  }

  /** A stop outranks whatever error it caused. */
  async function settled(signal: AbortSignal, report: () => Promise<Report>): Promise<Outcome> {
    try {
      return { kind: 'finished', report: await report() }
    } catch (thrown) {
      if (signal.aborted) return { kind: 'interrupted' }
      return { kind: 'finished', report: thrown instanceof Failed ? thrown.report : reportOf(toAppError(thrown), mask) }
    }
  }

  return {
    run: (work, signal) => settled(signal, () => fromClone(work, signal)),
    openPull: (work, { pushed, seconds }, signal) =>
      settled(signal, () => pullRequest(work, pushed, { signal, usage: { seconds } })),
    async discard({ repository, number }) {
      const place = placeOf(options.workspace, repository, number)
      const strays = await endStrays(place.issueFile)
      if (strays > 0) log.warn('ended processes that outlived their command', { issue: number, processes: strays })
      await checkout.discard(place)
    },
  }
}

interface Task {
  readonly work: Work
  readonly place: Place
  readonly prepared: Prepared
  readonly signal: AbortSignal
}

async function runCommand(ports: JobPorts, options: JobOptions, task: Task): Promise<Usage> {
  const { commands, clock, log, mask } = ports
  const { work, place, signal } = task
  const { branch } = task.prepared
  await mkdir(dirname(place.issueFile), { recursive: true })
  await writeFile(place.issueFile, `${JSON.stringify(issueFileOf(work, branch), null, 2)}\n`, { mode: 0o600 })
  if (feedbackOf(work) !== '') await writeFile(place.feedbackFile, `${feedbackOf(work)}\n`, { mode: 0o600 })
  log.info('running the command', { issue: work.number, attempt: work.attempt })
  const began = clock.now()
  const end = await commands.run({
    argv: options.argv,
    cwd: place.tree,
    env: { ...options.env, ...jobEnvironment(task) },
    stdin: options.prompt ? promptOf(work, branch) : '',
    timeoutMs: options.timeoutMs,
    signal,
    grace: () => (signal.reason as Stop | undefined)?.grace ?? STOP_GRACE,
    onLine: (line) => log.output(line),
  })
  signal.throwIfAborted()
  const seconds = Math.max(0, clock.now() - began) / 1000
  log.info('command ended', { issue: work.number, how: end.kind, seconds })
  if (end.kind !== 'exited' || end.code !== 0) throw new Failed(reportOfEnd(end, mask))
  return readUsage(place.usageFile, seconds)
}

/** What reviewers ask for; empty when the job is no rework. */
const feedbackOf = (work: Work): string => work.previous?.feedback ?? ''

function jobEnvironment({ work, place, prepared }: Task): Record<string, string> {
  return {
    ISSUE_FILE: place.issueFile,
    COXSWAIN_ISSUE_NUMBER: String(work.number),
    COXSWAIN_REPOSITORY: work.repository,
    COXSWAIN_BRANCH: prepared.branch,
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

/** What went wrong around the command is the machine's failure, unless the error says that trying again is of no use. */
function reportOf(error: AppError, mask: Mask): Report {
  const kind = { rate_limited: 'rate_limited', invalid: 'failed', forbidden: 'infrastructure' } as const
  const known = error.code in kind ? kind[error.code as keyof typeof kind] : 'infrastructure'
  return { kind: known, error: tailOf(mask(messageOf(error)), LONGEST_ERROR) }
}

function messageOf(error: AppError): string {
  return error.code === 'internal' && error.cause instanceof Error ? error.cause.message : error.message
}

function reportOfEnd(end: CommandEnd, mask: Mask): Report {
  const output = mask(end.output).trim()
  const text = `${sentenceOf(end)}${output === '' ? '' : `\n\n${tailOf(output, LONGEST_ERROR - 200)}`}`
  if (end.kind === 'unstartable') return { kind: 'infrastructure', error: text }
  return { kind: end.kind === 'exited' && end.code === TRY_LATER ? 'rate_limited' : 'failed', error: text }
}

function sentenceOf(end: CommandEnd): string {
  switch (end.kind) {
    case 'exited':
      return `The command exited with code ${end.code}.`
    case 'killed':
      return `The command was killed by ${end.by}.`
    case 'timeout':
      return 'The command took longer than it may and was stopped.'
    case 'stopped':
      return 'The command was stopped.'
    case 'unstartable':
      return `The command could not be started (${end.reason}).`
  }
}
