import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Child, type Ground, startChild } from '#sandbox/stack/child'
import { untilAnswers } from '#sandbox/stack/waiting'

/** Starts `script` as a part named `grpc` and resolves with the error that ends it. */
async function deathOf(script: string): Promise<{ message: string; dataDir: string }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'coxswain-child-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const dies = Promise.withResolvers<Error>()
  const children: Child[] = []
  const lock = { previousCrashed: false, add: () => undefined }
  const tell = () => undefined
  const ground: Ground = { dataDir, env: { PATH: process.env['PATH'] }, lock, children, tell, onDeath: dies.resolve }
  startChild({ name: 'grpc', args: ['--input-type=module', '-e', script] }, ground)
  return { message: (await dies.promise).message, dataDir }
}

describe('a part that ends by itself', () => {
  it.each([
    ['a package is missing', "await import('no-such-package')", "Cannot find package 'no-such-package'"],
    [
      'its port is taken',
      "const { createServer } = await import('node:net'); const first = createServer().listen(0, '127.0.0.1', () => createServer().listen(first.address().port, '127.0.0.1'))",
      'Error: listen EADDRINUSE: address already in use 127.0.0.1:',
    ],
    ['it says so', "console.error('✗ The configuration is wrong. X: is not set'); process.exit(1)", 'X: is not set'],
    ['it says nothing', 'process.exit(3)', 'It said nothing.'],
  ])('gives the reason first, then how it ended and its log: %s', async (_what, script, reason) => {
    const { message, dataDir } = await deathOf(script)
    const [first, second] = message.split('\n')

    expect(first).toMatch(/^grpc ended by itself: /)
    expect(first).toContain(reason)
    expect(second).toMatch(/It ended with code \d+\. Log: /)
    const log = join(dataDir, 'logs/grpc.crashed.log')
    expect(second).toContain(log)
    expect(readFileSync(log, 'utf8')).toBe(readFileSync(join(dataDir, 'logs/grpc.log'), 'utf8'))
  })

  it('is noticed by who waits for it', async () => {
    const child: Child = {
      ...{ name: 'x', log: '/nowhere.log', group: undefined },
      death: () => new Error('x ended by itself: no disk'),
      stop: async () => undefined,
    }

    const waiting = untilAnswers({ url: 'http://127.0.0.1:9', child, tell: () => undefined, accepts: () => true })
    await expect(waiting).rejects.toThrow('no disk')
  })
})
