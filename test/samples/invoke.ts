/** `serverless invoke local`, as a user runs it: the function's bundle, the sample as its event, the environment given. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

export interface Invoked {
  readonly exitCode: number
  /** What the function returned; undefined when it returned nothing. */
  readonly result: unknown
  /** All it printed, for a person to read when it failed. */
  readonly printed: string
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js')
/** Two cores, two invocations: each starts the framework, which keeps a core busy for two seconds. */
const LANES = 2
const PATIENCE_MS = 60_000

/** Settings of whoever runs the tests must not reach the functions. */
const KEPT = ['PATH', 'HOME', 'TMPDIR', 'TZ']
const kept = Object.fromEntries(KEPT.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))

const buildDirs = Array.from({ length: LANES }, (_, lane) => `.esbuild/samples-${process.pid}-${lane}`)
const free = [...buildDirs]
const waiting: ((buildDir: string) => void)[] = []

afterAll(() =>
  Promise.all(buildDirs.map((dir) => rm(new URL(`../../${dir}`, import.meta.url), { recursive: true, force: true }))),
)

/** Runs `fn` on `events/<sample>.json`, at most two at a time. */
export async function invokeLocal(fn: string, sample: string, env: Readonly<Record<string, string>>): Promise<Invoked> {
  const buildDir = free.pop() ?? (await new Promise<string>((resolve) => waiting.push(resolve)))
  try {
    return await run(['invoke', 'local', '-f', fn, '--path', `events/${sample}.json`], {
      ...kept,
      ...env,
      COXSWAIN_BUILD_DIR: buildDir,
    })
  } finally {
    const next = waiting.shift()
    if (next === undefined) free.push(buildDir)
    else next(buildDir)
  }
}

function run(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<Invoked> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, env, timeout: PATIENCE_MS }
    const child = execFile(process.execPath, [SERVERLESS, ...args], options, (_error, stdout, stderr) => {
      resolve({ exitCode: child.exitCode ?? -1, result: resultOf(stdout), printed: `${stdout}\n${stderr}` })
    })
  })
}

/** The framework prints the result over several lines; the function's log has its JSON on one. */
function resultOf(stdout: string): unknown {
  const lines = stdout.split('\n').filter((line) => !/^\{.+\}$/.test(line))
  const text = lines
    .slice(Math.max(0, lines.indexOf('{')))
    .join('\n')
    .trim()
  try {
    return JSON.parse(text)
  } catch {
    // Nothing was returned, or the framework says what went wrong: the test shows what was printed.
    return undefined
  }
}
