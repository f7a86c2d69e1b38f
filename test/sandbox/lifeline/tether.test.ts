import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { identify, parentOf } from '#sandbox/stack/processes'

const TETHER = fileURLToPath(new URL('../../../scripts/tether/main.ts', import.meta.url))
const WITH_CLUSTER = fileURLToPath(new URL('../../../scripts/kubernetes/with-cluster.sh', import.meta.url))
const ENDING = { timeout: 40_000, interval: 50 }
const STARTING = { timeout: 60_000, interval: 50 }

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-tether-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Run {
  readonly child: ChildProcess
  readonly ended: Promise<unknown[]>
}

function run(program: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Run {
  const child = spawn(program, args, { ...options, stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  return { child, ended: once(child, 'exit') }
}

/** A command that starts a server beside itself, as the scripts of this project do, and notes both. */
function aCommand(folder: string): string {
  return `sleep 600 & echo $! >> ${folder}/pids; echo $$ >> ${folder}/pids; wait`
}

async function pidsIn(folder: string): Promise<readonly number[]> {
  const read = () => (existsSync(join(folder, 'pids')) ? readFileSync(join(folder, 'pids'), 'utf8') : '')
  await expect.poll(() => read().trim().split('\n').length, STARTING).toBe(2)
  return read().trim().split('\n').map(Number)
}

const alive = (pids: readonly number[]) => pids.filter((pid) => identify(pid) !== undefined)

describe('a command on a tether', () => {
  it.each([
    ['the tether', 0, 'SIGKILL'],
    ['the tether', 0, 'SIGTERM'],
    ['the leader of its group', 1, 'SIGKILL'],
    ['the command', 2, 'SIGKILL'],
  ] as const)('ends with all that it started when %s (%i) gets %s', async (_who, place, signal) => {
    const folder = aFolder()
    const { child } = run(process.execPath, [TETHER, 'sh', '-c', aCommand(folder)])
    const [server = 0, command = 0] = await pidsIn(folder)
    const members = [child.pid ?? 0, parentOf(command) ?? 0, command]

    process.kill(members[place] ?? 0, signal)

    await expect.poll(() => alive([server, ...members]), ENDING).toEqual([])
  })

  it('ends with npm', async () => {
    const folder = aFolder()
    const script = `node ${TETHER} sh -c '${aCommand(folder)}'`
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'x', private: true, scripts: { x: script } }))
    const { child } = run('npm', ['run', 'x'], { cwd: folder })
    const pids = await pidsIn(folder)

    child.kill('SIGKILL')

    await expect.poll(() => alive(pids), ENDING).toEqual([])
  })

  it('hands on its exit code', async () => {
    expect(await run(process.execPath, [TETHER, 'sh', '-c', 'exit 5']).ended).toEqual([5, null])
    expect(await run(process.execPath, [TETHER, 'sh', '-c', 'kill -9 $$']).ended).toEqual([137, null])
  })

  it('leaves nothing of what it started when it ends by itself', async () => {
    const folder = aFolder()
    const { ended } = run(process.execPath, [TETHER, 'sh', '-c', aCommand(folder).replace('; wait', '')])
    const pids = await pidsIn(folder)
    await ended

    expect(alive(pids)).toEqual([])
  })
})

describe.skipIf(!existsSync('/usr/bin/etcd'))('the script that runs a cluster', () => {
  it('takes etcd and the API server along when it is killed', async () => {
    const folder = aFolder()
    for (const name of ['kube-apiserver', 'controllers']) {
      writeFileSync(
        join(folder, name),
        `#!/bin/sh\necho $$ >> ${folder}/pids\necho $PPID >> ${folder}/pids\nexec sleep 600\n`,
      )
      chmodSync(join(folder, name), 0o755)
    }
    const env = { ...process.env, KUBERNETES_BIN: folder, TMPDIR: folder }
    run(WITH_CLUSTER, ['true'], { env })
    const [server = 0, script = 0] = await pidsIn(folder)
    const etcd = () =>
      readdirSync('/proc')
        .filter((pid) => /^\d+$/.test(pid) && parentOf(Number(pid)) === script)
        .map(Number)
    const started = etcd()
    expect(started.length).toBeGreaterThan(1)

    process.kill(script, 'SIGKILL')

    await expect.poll(() => alive([server, script, ...started]), ENDING).toEqual([])
  })
})
