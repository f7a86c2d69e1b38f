/** `npm run test:chaos [-- --seed N --kills N --issues N --keep]`: kills the whole stack at random moments under load, then counts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock, systemSleep } from '#lib/clock'
import { toAppError } from '#lib/errors'
import { systemChance, systemIds } from '#lib/ids'
import { NO_LIMITS } from '../github/http/limits.ts'
import { type StandInGitHub, startGitHub } from '../github/server.ts'
import { endWithNpm } from '../lifeline/lifeline.ts'
import { type StackProgram, startStackProgram } from '../programs/stack.ts'
import { freePort } from '../stack/ports.ts'
import { createDice, type Dice } from './chance.ts'
import { createEvidence, type Evidence } from './evidence.ts'
import { type GitHubPlace, openOrFind, pushBranches } from './pulls.ts'
import { type Claim, judge } from './verdict.ts'
import { createWitness, type Witness } from './witness.ts'
import { runWorker } from './worker.ts'

endWithNpm()

interface Options {
  readonly seed: number
  readonly kills: number
  readonly issues: number
  /** Keep data and logs even when all went well. */
  readonly keep: boolean
}

const REPOSITORY = 'chaos/house'
const TOKEN = systemIds.secret()
const WORKERS = 8
/** Short, so that leases run out while the stack is down. */
const LEASE_SECONDS = 5
/** The next kill comes this long after the stack is ready. */
const SOONEST_KILL_MS = 1_500
const LATEST_KILL_MS = 9_000
/** A flusher that was killed keeps its lock for nearly two minutes. */
const SETTLE_MS = 180_000
const LOOK_MS = 1_000
/** Violations of one claim that are listed. */
const LISTED = 5

const tell = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

async function createWorld(github: StandInGitHub, { issues }: Options, folder: string) {
  const repository = await github.seed.repository(REPOSITORY)
  const numbers = Array.from({ length: issues }, (_, at) => {
    const labels = ['ai-ready', ...(at % 7 === 0 ? ['priority:high'] : [])]
    return github.seed.addIssue(repository, { title: `Issue of chaos ${at + 1}`, body: 'Do it.', labels }).number
  })
  const place: GitHubPlace = { url: github.url, token: TOKEN, repository: REPOSITORY }
  await pushBranches(place, numbers, join(folder, 'branches'))
  return { numbers, place }
}

async function environmentOf(place: GitHubPlace): Promise<Record<string, string>> {
  return {
    ORCHESTRATOR_PORT: String(await freePort()),
    GRPC_PORT: '0',
    GITHUB_API_URL: place.url,
    GITHUB_TOKEN: place.token,
    GITHUB_REPOS: place.repository,
    GITHUB_POLL_INTERVAL: '2',
    GITHUB_WRITES_PER_MINUTE: '6000',
    GITHUB_WRITES_PER_HOUR: '100000',
    LEASE_SECONDS: String(LEASE_SECONDS),
    // Every kill costs the leases of the moment: that must not be what ends a job here.
    MAX_WORKER_LOST: '100',
    // Nobody reviews here.
    MAX_PENDING_PRS: '10000',
    LOG_LEVEL: 'WARN',
  }
}

/** Kills and restarts; the last victim stays alive. */
async function torment(
  first: StackProgram,
  dice: Dice,
  options: Options,
  restart: () => Promise<StackProgram>,
): Promise<StackProgram> {
  let victim = first
  for (let kill = 1; kill <= options.kills; kill++) {
    const pause = dice.between(SOONEST_KILL_MS, LATEST_KILL_MS)
    await systemSleep(pause)
    const how = dice.happens(0.5) ? 'tree' : 'head'
    tell(
      `✗ kill ${kill} of ${options.kills}: ${how === 'tree' ? 'every process' : 'the main process'}, ${Math.round(pause)} ms after it was ready`,
    )
    await victim.kill(how)
    const since = systemClock.now()
    victim = await restart()
    tell(`✓ ready again after ${((systemClock.now() - since) / 1000).toFixed(1)} s`)
  }
  return victim
}

/** Waits until nothing changes any more on either side, or until time is up. */
async function settle(evidence: Evidence, expected: number): Promise<void> {
  const end = systemClock.now() + SETTLE_MS
  let shown = ''
  while (systemClock.now() < end) {
    const counts = await evidence.counts()
    const issues = await evidence.issues()
    const done = issues.filter(({ labels, comments }) => labels.includes('ai-completed') && comments > 0).length
    const line = `  completed ${counts.completed}, in progress ${counts.in_progress}, pending ${counts.pending}; shown on GitHub ${done}`
    if (line !== shown) tell(line)
    shown = line
    if (counts.completed >= expected && done >= expected) return
    await systemSleep(LOOK_MS)
  }
  tell(`! Not all ${expected} issues were completed and shown on GitHub within ${SETTLE_MS / 1000} s.`)
}

function show(claims: readonly Claim[], witness: Witness): number {
  tell('')
  for (const [what, count] of Object.entries(witness.tally())) tell(`  ${String(count).padStart(6)}  ${what}`)
  tell('')
  for (const { claim, violations } of claims) {
    tell(`${violations.length === 0 ? '✓' : '✗'} ${claim}`)
    for (const violation of violations.slice(0, LISTED)) tell(`    ${violation}`)
    if (violations.length > LISTED) tell(`    and ${violations.length - LISTED} more`)
  }
  const failed = claims.filter(({ violations }) => violations.length > 0).length
  tell(`\n${claims.length - failed} passed, ${failed} failed`)
  return failed
}

async function chaos(options: Options, folder: string): Promise<number> {
  const dice = createDice(options.seed)
  const github = await startGitHub({ port: 0, dataDir: join(folder, 'github'), token: TOKEN, limits: NO_LIMITS })
  const { numbers, place } = await createWorld(github, options, folder)
  const env = await environmentOf(place)
  const start = () => startStackProgram(env, join(folder, 'data'))
  let victim = await start()
  tell(`✓ ready, ${numbers.length} issues, ${WORKERS} workers, leases of ${LEASE_SECONDS} s`)
  const witness = createWitness()
  let over = false
  const shared = { url: victim.dev.url, token: victim.dev.tokens.worker, witness, leaseMs: LEASE_SECONDS * 1000 }
  const workers = Array.from({ length: WORKERS }, (_, at) =>
    runWorker(`sim-${at + 1}`, {
      ...shared,
      dice: createDice(options.seed + at + 1),
      openPull: (issue) => openOrFind(place, issue),
      isOver: () => over,
    }),
  )
  victim = await torment(victim, dice, options, start)
  const evidence = createEvidence(victim.dev, place)
  await settle(evidence, numbers.length)
  over = true
  await Promise.all(workers)
  const claims = await judge(numbers, evidence, witness)
  await victim.stop()
  const left = victim.leftovers().map((group) => `process group ${group} is still there`)
  await github.close()
  return show([...claims, { claim: 'nothing is left running', violations: left }], witness)
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: String(Math.floor(systemChance() * 1e6)) },
      kills: { type: 'string', default: '3' },
      issues: { type: 'string', default: '200' },
      keep: { type: 'boolean', default: false },
    },
  })
  const { seed, kills, issues, keep } = values
  return { seed: Number(seed), kills: Number(kills), issues: Number(issues), keep }
}

// Exiting is what ends the stack, so every way out has to be one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))

const options = readOptions()
const folder = mkdtempSync(join(tmpdir(), 'coxswain-chaos-'))
tell(`seed ${options.seed} (repeat with --seed ${options.seed})`)
try {
  process.exitCode = (await chaos(options, folder)) === 0 ? 0 : 1
  if (process.exitCode === 0 && !options.keep) rmSync(folder, { recursive: true, force: true })
  else tell(`Data and logs are kept in ${folder}.`)
} catch (error) {
  process.stderr.write(`✗ ${toAppError(error).message}\n`)
  process.exitCode = 1
}
process.exit()
