/** Everything a worker meets: a scripted orchestrator, the GitHub stand-in with one repository, and a command of the test's choosing. */
import { execFile, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { access, chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { systemClock, systemSleep } from '#lib/clock'
import { startGitHub } from '#sandbox/github/server'
import { readConfig } from '#worker/config'
import { placeOf } from '#worker/names'
import { endStrays } from '#worker/strays'
import { createWorker } from '#worker/wiring'
import { anOrchestrator, WORKER_TOKEN } from './orchestrator.ts'
import { aFolder, REPOSITORY } from './values.ts'

const run = promisify(execFile)

export const GITHUB_TOKEN = 'github-secret-0815'
export const ANTHROPIC_KEY = 'anthropic-secret-2342'
export const SECRETS = [GITHUB_TOKEN, ANTHROPIC_KEY, WORKER_TOKEN]

export interface PullView {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly html_url: string
  readonly head: { readonly ref: string }
  readonly base: { readonly ref: string }
}

export type World = Awaited<ReturnType<typeof aWorld>>

export async function aWorld() {
  const folder = await aFolder()
  const orchestrator = await anOrchestrator()
  const github = await startGitHub({ port: 0, dataDir: join(folder, 'github'), token: GITHUB_TOKEN })
  onTestFinished(() => github.close())
  onTestFinished(async () => {
    await endStrays(placeOf(join(folder, 'workspace'), REPOSITORY, 1).issueFile)
  })
  const repository = await github.seed.repository(REPOSITORY, { files: { 'README.md': '# Widgets\n' } })
  /** An issue on GitHub, offered by the orchestrator; its number. */
  const anIssue = (facts: { title?: string; body?: string } & Record<string, unknown> = {}): number => {
    const { number } = github.seed.addIssue(repository, { title: facts.title ?? 'An issue', body: facts.body ?? null })
    orchestrator.offer({ ...facts, number })
    return number
  }
  const env = (script: string): Record<string, string> => ({
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    WORKER_ID: 'w1',
    ORCHESTRATOR_URL: orchestrator.url,
    ORCHESTRATOR_TOKEN: WORKER_TOKEN,
    GITHUB_API_URL: github.url,
    GITHUB_TOKEN,
    ANTHROPIC_API_KEY: ANTHROPIC_KEY,
    WORKSPACE_DIR: join(folder, 'workspace'),
    WORKER_POLL_INTERVAL: '0.2',
    WORKER_MAX_JOBS: '1',
    WORKER_COMMAND: `sh '${script}'`,
  })
  /** A shell script as the worker's command, for it is the test's own. */
  const aCommand = async (script: string): Promise<string> => {
    const file = join(folder, 'command.sh')
    await writeFile(file, `set -e\n${script}\n`)
    return file
  }
  const fromGit = async (...args: string[]): Promise<string> => {
    const clone = join(folder, `look-${Date.now()}-${args.length}`)
    await run('git', ['clone', '--quiet', '--bare', `${github.url}/${REPOSITORY}.git`, clone])
    const { stdout } = await run('git', [`--git-dir=${clone}`, ...args])
    await run('rm', ['-rf', clone])
    return stdout
  }
  const pulls = async (): Promise<PullView[]> => {
    const response = await fetch(`${github.url}/repos/${REPOSITORY}/pulls?state=all`)
    return (await response.json()) as PullView[]
  }
  return { folder, workspace: join(folder, 'workspace'), orchestrator, github, anIssue, env, aCommand, fromGit, pulls }
}

/** A worker in this process: `done` resolves when its loop ends. */
export async function aWorker(world: World, script: string, changes: Record<string, string> = {}) {
  const lines: string[] = []
  const config = readConfig({ ...world.env(await world.aCommand(script)), ...changes })
  const ports = {
    clock: systemClock,
    sleep: systemSleep,
    chance: () => 0,
    fetch,
    write: (line: string) => void lines.push(line),
  }
  const { loop, killAll } = createWorker(ports, config, { plain: false })
  const stopping = new AbortController()
  onTestFinished(() => {
    stopping.abort()
    killAll()
  })
  const done = loop.run(stopping.signal)
  return { done, stop: () => stopping.abort(), lines, log: () => lines.join('\n') }
}

/** Runs one job to its end; the worker's log. */
export async function oneJob(world: World, script: string, changes: Record<string, string> = {}): Promise<string> {
  const worker = await aWorker(world, script, changes)
  await worker.done
  return worker.log()
}

/** The worker as a program of its own. */
export async function aProcess(world: World, script: string, changes: Record<string, string> = {}, ...flags: string[]) {
  const env = { ...world.env(await world.aCommand(script)), ...changes }
  const main = new URL('../../../worker/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, ...flags], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const output: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => void output.push(text))
  const ended = once(child, 'exit').then(
    ([code, signal]) => ({ code, signal }) as { code: number | null; signal: string | null },
  )
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return { child, ended, log: () => output.join('') }
}

/** Resolves as soon as `file` is there; the test's own time limit is the only other end. */
export const appears = (file: string): Promise<void> => until(() => exists(file))

/** Resolves as soon as the process is gone. */
export const dies = (pid: number): Promise<void> => until(async () => !isAlive(pid))

/** Looks again and again at something that gives no notice of itself: a file, another process. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const ticks = new EventEmitter()
  const timer = setInterval(() => ticks.emit('tick'), 10)
  try {
    while (!(await holds())) await once(ticks, 'tick')
  } finally {
    clearInterval(timer)
  }
}

export const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

/** True while the process runs; one that is dead and only waits to be buried does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Puts a program named `git` before the real one, which notes all its arguments in `<folder>/git.log`. */
export async function watchGit(world: World): Promise<{ PATH: string; log: string }> {
  const bin = join(world.folder, 'bin')
  const log = join(world.folder, 'git.log')
  const { stdout } = await run('which', ['git'])
  await mkdir(bin, { recursive: true })
  const script = `#!/bin/sh\nprintf '%s\\n' "$@" >> '${log}'\nexec '${stdout.trim()}' "$@"\n`
  await writeFile(join(bin, 'git'), script)
  await chmod(join(bin, 'git'), 0o755)
  return { PATH: `${bin}${delimiter}${process.env['PATH']}`, log }
}

const journalOf = (workspace: string): string => join(workspace, '.coxswain', 'w1.json')

const journalled = async (workspace: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(journalOf(workspace), 'utf8').catch(() => '{}'))

/** Resolves once the worker has noted this stage in its journal. */
export const stageIs = (workspace: string, stage: string): Promise<void> =>
  until(async () => (await journalled(workspace))['stage'] === stage)

/** Sets the journal back to what it said before the job's outcome was noted. */
export async function forgetReport(workspace: string): Promise<void> {
  const { lease } = await journalled(workspace)
  await writeFile(journalOf(workspace), JSON.stringify({ stage: 'leased', lease }))
}

export interface Elsewhere {
  readonly folder: string
  /** Of the orchestrator. */
  readonly url: string
  readonly github: string
  readonly token: string
}

/** Runs one job of an orchestrator and a GitHub that the test has set up itself. */
export async function aWorkerOn({ folder, url, github, token }: Elsewhere, script: string): Promise<void> {
  const file = join(folder, 'command.sh')
  await writeFile(file, `set -e\n${script}\n`)
  const config = readConfig({
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    WORKER_ID: 'w1',
    ORCHESTRATOR_URL: url,
    ORCHESTRATOR_TOKEN: WORKER_TOKEN,
    GITHUB_API_URL: github,
    GITHUB_TOKEN: token,
    WORKSPACE_DIR: join(folder, 'workspace'),
    WORKER_POLL_INTERVAL: '0.2',
    WORKER_MAX_JOBS: '1',
    WORKER_COMMAND: `sh '${file}'`,
  })
  const ports = { clock: systemClock, sleep: systemSleep, chance: () => 0, fetch, write: () => undefined }
  const { loop, killAll } = createWorker(ports, config, { plain: false })
  const stopping = new AbortController()
  onTestFinished(() => {
    stopping.abort()
    killAll()
  })
  await loop.run(stopping.signal)
}
