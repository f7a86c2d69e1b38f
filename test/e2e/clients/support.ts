/** Runs programs of the clients' tests, and makes the Python environment that their generator lives in. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export const DESCRIPTION = at('../../../docs/openapi.json')
/** Kept from run to run; `npm ci` removes it. */
const CACHE = at('../../../node_modules/.cache/coxswain-clients')
const REQUIREMENTS = at('python/requirements.txt')
const MAX_OUTPUT = 10_000_000
/** Loading forty packages from a slow mirror. */
const INSTALL_MS = 240_000

/** An empty folder under node_modules, where the packages of this project resolve. */
export function freshFolder(name: string): string {
  const folder = `${CACHE}/${name}-${process.pid}`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

/** What the program printed; fails with all its words when it ends otherwise than well. */
export async function printed(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  try {
    const options = {
      cwd,
      maxBuffer: MAX_OUTPUT,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    }
    return (await run(program, args, options)).stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error })
  }
}

export type Python = { readonly bin: string } | { readonly missing: string }

/** The environment with the pinned packages, made once; `missing` says why there is none. */
export async function aPython(): Promise<Python> {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12)
  const kept = `${CACHE}/python-${digest}`
  if (existsSync(`${kept}/bin/openapi-python-client`)) return { bin: `${kept}/bin` }
  // Made in its place: the programs of an environment know their own path.
  rmSync(kept, { recursive: true, force: true })
  mkdirSync(CACHE, { recursive: true })
  try {
    await run('python3', ['-m', 'venv', kept], { timeout: INSTALL_MS })
  } catch {
    return { missing: 'python3 with venv is not installed' }
  }
  try {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary', ':all:', '--retries', '1']
    await run(`${kept}/bin/python`, [...pip, '-r', REQUIREMENTS], { timeout: INSTALL_MS })
    return { bin: `${kept}/bin` }
  } catch {
    rmSync(kept, { recursive: true, force: true })
    return { missing: 'PyPI is not within reach' }
  }
}
