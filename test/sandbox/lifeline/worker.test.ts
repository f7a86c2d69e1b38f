import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Said, startWorker } from '#sandbox/programs/worker'
import { identify, isRunning, type ProcessId } from '#sandbox/stack/processes'

const NOWHERE = { url: 'http://127.0.0.1:2', token: 'none' }
const WORKER = new URL('../../../sandbox/programs/worker.ts', import.meta.url).href
/** Node starts twice for a worker, on a busy machine. */
const STARTING = { timeout: 60_000, interval: 50 }

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-leash-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('a worker that a demo starts', () => {
  it('goes on working after it has started itself anew, and is heard', async () => {
    const heard: Said[] = []
    const options = { id: 'w', orchestrator: NOWHERE, github: NOWHERE, workspace: aFolder() }
    const worker = startWorker(options, (said) => void heard.push(said))
    onTestFinished(() => worker.kill())

    const said = () => heard.map(({ msg }) => msg)

    await expect.poll(said, STARTING).toContain('no work from the orchestrator')

    expect(said()).not.toContain('worker stopped')
    await worker.stop()
  })

  it('ends with the demo, also when that is killed', async () => {
    const options = JSON.stringify({ id: 'w', orchestrator: NOWHERE, github: NOWHERE, workspace: aFolder() })
    const program = `import(${JSON.stringify(WORKER)}).then(({ startWorker }) => {
      const { group } = startWorker(${options}, ({ msg }) => msg === 'worker started' && console.log(group))
    })`
    const demo = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface({ input: demo.stdout }), 'line')
    const worker = identify(Number(line)) as ProcessId
    onTestFinished(() => void (isRunning(worker) && process.kill(worker.pid, 'SIGKILL')))

    demo.kill('SIGKILL')

    await expect.poll(() => isRunning(worker), STARTING).toBe(false)
  })
})
