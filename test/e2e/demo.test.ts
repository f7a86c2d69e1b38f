/** `npm run demo` and its stack, when the stack goes. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { aFolder, aStack, drop, endAll } from './support/stack.ts'

const PROGRAM = fileURLToPath(new URL('../../sandbox/demo/main.ts', import.meta.url))
const dataDir = aFolder()

afterAll(async () => {
  await endAll()
  drop(dataDir)
})

/** Starts the demo; hears each of its lines. */
function demo(hear: (line: string) => void = () => undefined) {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], COXSWAIN_DATA_DIR: dataDir }
  const child = spawn(process.execPath, [PROGRAM, '5'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const complaints: string[] = []
  createInterface({ input: child.stdout }).on('line', hear)
  createInterface({ input: child.stderr }).on('line', (line) => void complaints.push(line))
  return once(child, 'close').then(([code]) => ({ code, complaints }))
}

describe('the demo', () => {
  it('says that its stack is gone when that is killed in the middle of it, and ends', async () => {
    const stack = await aStack({ dataDir })

    const { code, complaints } = await demo((line) => {
      if (line.includes('leased')) void stack.signal('SIGKILL')
    })

    expect(complaints).toEqual([
      expect.stringMatching(/^✗ The Coxswain at http:\S+ is gone: its process \(\d+\) has ended\./),
    ])
    expect(code).toBe(1)
  })

  it('says that the stack of its dev.json has ended, and when that was started', async () => {
    const { code, complaints } = await demo()

    expect(complaints).toEqual([
      expect.stringMatching(
        /^✗ No Coxswain of .* answers at http:\S+: .*dev\.json is of 20\d\d-.* has ended\. Run "npm start"/,
      ),
    ])
    expect(code).toBe(1)
  })
})
