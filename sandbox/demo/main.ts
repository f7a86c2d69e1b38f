/** `npm run demo [-- jobs]`: one worker takes issues from the running stack and brings them back as pull requests. */
import { join } from 'node:path'
import { systemSleep } from '#lib/clock'
import { AppError, toAppError } from '#lib/errors'
import { endWithNpm } from '../lifeline/lifeline.ts'
import { runWorker, type Said } from '../programs/worker.ts'
import { OWNER_ONLY_UMASK } from '../stack/closed-folder.ts'
import { dataDirOf, findRunning, type Running } from '../stack/running.ts'
import { watchRunning } from '../stack/watch.ts'
import { createPatience } from './patience.ts'
import { isStep, lookLines, queueLine, stepLine } from './words.ts'
import { createWorld, type Item, type Look, type World } from './world.ts'

endWithNpm()

const DEFAULT_JOBS = 2
const WORKER_ID = 'demo-worker'
/** How GitHub shows that an issue is done. */
const DONE_LABEL = 'ai-completed'
const LOOK_MS = 300
/** A step takes seconds, and so do labels and comments; when GitHub's limits are used up it takes a minute. */
const PATIENCE_MS = 90_000

const WAITS_FOR = 'for an issue that may be leased. "npx coxswain queue" says what each of them waits for.'

const tell = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

interface DemoStack extends Running {
  readonly github: string
}

interface Signals {
  /** The person wants it to end. */
  readonly stop: AbortSignal
  /** The stack is gone. */
  readonly gone: AbortSignal
}

async function findStack(): Promise<DemoStack> {
  const running = await findRunning(dataDirOf(process.env))
  const github = running.dev.stand_ins['github']
  if (github === undefined) {
    throw new AppError('conflict', 'This Coxswain works on GitHub itself. The demo writes to its stand-in only.')
  }
  return { ...running, github }
}

/** Takes `jobs` issues through; the pull requests by issue number. */
async function work(
  { dev, github, dataDir }: DemoStack,
  jobs: number,
  { stop, gone }: Signals,
): Promise<Map<number, string>> {
  const pulls = new Map<number, string>()
  const patience = createPatience(PATIENCE_MS, WAITS_FOR)
  const hear = (said: Said) => {
    if (isStep(said)) patience.renew()
    const line = stepLine(said)
    if (line !== undefined) tell(line)
    if (said.msg === 'pull request open' && said.issue !== undefined) pulls.set(said.issue, String(said['pr_url']))
  }
  const options = {
    id: WORKER_ID,
    jobs,
    orchestrator: { url: dev.url, token: dev.tokens.worker },
    github: { url: github, token: dev.stand_in_tokens.github },
    workspace: join(dataDir, 'demo-workspace'),
  }
  const code = await runWorker(options, hear, AbortSignal.any([stop, gone, patience.spent]))
  patience.stop()
  gone.throwIfAborted()
  patience.spent.throwIfAborted()
  if (code !== 0) throw new AppError('internal', `The worker ended with code ${code}.`)
  return pulls
}

async function untilShown(world: World, { repository, issue_number }: Item, { stop }: Signals): Promise<Look> {
  const patience = AbortSignal.any([stop, AbortSignal.timeout(PATIENCE_MS)])
  for (;;) {
    const look = await world.look(repository, issue_number)
    if ((look.labels.includes(DONE_LABEL) && look.comments.length > 0) || patience.aborted) return look
    await systemSleep(LOOK_MS)
  }
}

async function demo(wanted: number, running: DemoStack, signals: Signals): Promise<void> {
  const world = createWorld(running.dev, running.github, signals.gone)
  const waiting = await world.waiting()
  tell(`The queue of ${running.dev.url}`)
  for (const item of waiting) tell(queueLine(item))
  if (waiting.length === 0) {
    return tell(`  is empty. Start anew with a fresh COXSWAIN_DATA_DIR to see the demo's issues again.`)
  }
  const jobs = Math.min(wanted, waiting.length)
  tell(`\n${WORKER_ID} takes ${jobs} of them`)
  const pulls = await work(running, jobs, signals)
  tell('\nOn GitHub')
  for (const [number, url] of pulls) {
    const item = waiting.find(({ issue_number }) => issue_number === number)
    if (item === undefined) continue
    for (const line of lookLines(item, await untilShown(world, item, signals), url)) tell(line)
  }
}

function jobsWanted(given: string | undefined): number {
  const jobs = Number(given ?? DEFAULT_JOBS)
  if (!Number.isInteger(jobs) || jobs < 1) throw new AppError('invalid', 'usage: npm run demo [-- <number of issues>]')
  return jobs
}

process.umask(OWNER_ONLY_UMASK)
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())

const complain = (error: unknown): void => {
  process.stderr.write(`✗ ${toAppError(error).message}\n`)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const wanted = jobsWanted(process.argv[2])
  const running = await findStack()
  const { gone, stop } = watchRunning(running)
  // Said at once: the worker takes a while to end.
  gone.addEventListener('abort', () => complain(gone.reason))
  try {
    await demo(wanted, running, { stop: stopping.signal, gone })
  } catch (error) {
    if (!gone.aborted) throw error
  } finally {
    stop()
  }
}

await main().catch(complain)
