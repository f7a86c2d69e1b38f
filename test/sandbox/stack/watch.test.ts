import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, onTestFinished } from 'vitest'
import { identify } from '#sandbox/stack/processes'
import type { Answering, Running } from '#sandbox/stack/running'
import { watchRunning } from '#sandbox/stack/watch'
import { aDevFile, LONG_GONE } from '#test/helpers/dev-file'

const aStack = (owner: Running['dev']['owner']): Running => ({ dataDir: '/data', dev: aDevFile({ owner }) })
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Watches a stack whose address answers like this, question by question; resolves with why it is gone. */
async function whyGone(running: Running, answers: readonly Answering[], sleep = nextTurn): Promise<string> {
  const left = [...answers]
  const { gone, stop } = watchRunning(running, { whoAnswers: async () => left.shift() ?? 'coxswain', sleep })
  onTestFinished(stop)
  if (!gone.aborted) await once(gone, 'abort')
  return gone.reason.message
}

describe('a program that waits for the stack', () => {
  it('notices that its process has ended, killed or not', async () => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' })
    await once(child, 'spawn')
    const { pid = 0 } = child
    const reason = whyGone(aStack(identify(pid)), [])

    child.kill('SIGKILL')

    expect(await reason).toBe(
      `The Coxswain at http://127.0.0.1:9 is gone: its process (${pid}) has ended. Run "npm start" again: it goes on where it was.`,
    )
  })

  it('notices at once that a stack from before is gone', async () => {
    expect(await whyGone(aStack(LONG_GONE), [])).toMatch(/has ended/)
  })

  it('notices that it hangs after three questions without an answer in a row, and not before', async () => {
    const answers = ['nothing', 'nothing', 'coxswain', 'nothing', 'nothing', 'nothing'] as const
    let looks = 0
    const sleep = () => {
      looks++
      return nextTurn()
    }

    expect(await whyGone(aStack(identify(process.pid)), answers, sleep)).toMatch(/it gives no answer/)
    expect(looks).toBeGreaterThan(20)
  })

  it('notices that another program has its port, where the file does not name the process', async () => {
    expect(await whyGone(aStack(undefined), ['coxswain', 'other'])).toMatch(/another program answers at its address/)
  })

  it('says nothing once it waits no more', async () => {
    const { promise, resolve } = Promise.withResolvers<Answering>()
    const asked = Promise.withResolvers<void>()
    const whoAnswers = () => {
      asked.resolve()
      return promise
    }
    const { gone, stop } = watchRunning(aStack(undefined), { whoAnswers, sleep: nextTurn })
    await asked.promise
    stop()
    resolve('other')
    await nextTurn()

    expect(gone.aborted).toBe(false)
  })
})
