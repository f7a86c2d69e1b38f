/** The stack as a program of its own that can be killed without warning and started again on what it left. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { AppError } from '#lib/errors'
import { LEASHED } from '../lifeline/lifeline.ts'
import { type DevFile, readDevFile } from '../stack/dev-file.ts'
import { reasonIn } from '../stack/log-reason.ts'
import { hasGroup, signalGroup } from '../stack/processes.ts'

export interface StackProgram {
  readonly dev: DevFile
  /** `tree`: every process at once. `head`: the main process alone; the others must follow by themselves. */
  kill(how: 'tree' | 'head'): Promise<void>
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>
  /** Process groups that live although they should not. */
  leftovers(): readonly number[]
}

const PROGRAM = fileURLToPath(new URL('../stack/main.ts', import.meta.url))
const lockFile = z.object({ groups: z.array(z.object({ pid: z.number() })) })

/** Starts the stack and waits for its ready line. Throws AppError with what it said when it ends before that. */
export async function startStackProgram(env: Readonly<Record<string, string>>, dataDir: string): Promise<StackProgram> {
  const child = spawn(process.execPath, [PROGRAM, LEASHED], {
    detached: true,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env, COXSWAIN_DATA_DIR: dataDir },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit')
  const leader = child.pid ?? 0
  // The end of this process ends the stack at once; when it is killed, the leash does. The stack's children follow.
  const end = () => void signalGroup(leader, 'SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  await untilReady(child)
  const dev = readDevFile(dataDir)
  if (dev === undefined) throw new AppError('internal', 'The stack is ready but left no dev.json.')
  const groups = [leader, ...groupsOf(dataDir)]
  return {
    dev,
    async kill(how) {
      for (const group of how === 'tree' ? groups : [leader]) signalGroup(group, 'SIGKILL')
      await exit
    },
    async stop() {
      child.kill('SIGTERM')
      const [code] = await exit
      return code
    },
    leftovers: () => groups.filter(hasGroup),
  }
}

function groupsOf(dataDir: string): readonly number[] {
  const { groups } = lockFile.parse(JSON.parse(readFileSync(join(dataDir, 'stack.lock'), 'utf8')))
  return groups.map(({ pid }) => pid)
}

async function untilReady(child: ChildProcess): Promise<void> {
  const said: string[] = []
  const closed = once(child, 'close')
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    said.push(`${line}\n`)
    if (!line.startsWith('coxswain ready ')) continue
    // Nobody listens from here on, and a full pipe would stop it.
    child.stdout?.resume()
    return
  }
  // What it complained of may come after the end of its other output.
  await closed
  const all = said.join('')
  throw new AppError('unavailable', `The stack did not start: ${reasonIn(all) ?? 'it said nothing.'}\n${all}`)
}
