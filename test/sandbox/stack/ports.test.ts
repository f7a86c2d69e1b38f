import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { anyPort, freePort, requirePort } from '#sandbox/stack/ports'

describe('any free port', () => {
  it('is none that a system gives to outgoing connections', async () => {
    for (const port of [await freePort(), await requirePort('127.0.0.1', 0, 'GRPC_PORT')]) {
      expect(port).toBeGreaterThanOrEqual(20_000)
      expect(port).toBeLessThan(32_000)
    }
  })

  it('is another one when the chosen one is taken', async () => {
    const port = await freePort()
    const taken = createServer().listen(port, '127.0.0.1')
    await once(taken, 'listening')
    const same = (port - 20_000 + 0.5) / 12_000
    const chances = [same, same, 0.5]

    expect(await anyPort('127.0.0.1', () => chances.shift() ?? 0.25)).not.toBe(port)
    taken.close()
  })
})
