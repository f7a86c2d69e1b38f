/** `npm run demo:fleet`, in little: real workers on a real stack, with a kill and a rework. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../../sandbox/demo-fleet/main.ts', import.meta.url))
/** Half a minute when nothing else runs. */
const PATIENCE_MS = 200_000

it('the demo of the fleet shows that all holds', { timeout: PATIENCE_MS }, async () => {
  const demo = spawn(process.execPath, [PROGRAM, '--small'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [said, complaints, [code]] = await Promise.all([text(demo.stdout), text(demo.stderr), once(demo, 'exit')])

  expect(complaints).toBe('')
  expect(said).toContain('killed (SIGKILL) in the middle of #5')
  expect(said).toContain('leases #4, rework')
  expect(said).toContain('7 hold, 0 do not')
  expect(code).toBe(0)
})
