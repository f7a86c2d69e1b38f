import { describe, expect, it } from 'vitest'
import type { Child } from '#sandbox/stack/child'
import type { Circumstances, Vitals } from '#sandbox/stack/vitals'
import { type Reply, untilReady, type WaitingPorts } from '#sandbox/stack/waiting'

const QUIET: Circumstances = { lastLine: 'loading', reason: 'loading', load: 0.4, cores: 2 }
const IDLE: Vitals = { logSize: 0, cpuMs: 0 }

interface Script {
  /** How the part looks so many seconds after its start. */
  readonly vitals?: (second: number) => Vitals
  /** What it answers then. */
  readonly answers?: (second: number) => Reply
  readonly death?: (second: number) => Error | undefined
  readonly circumstances?: Circumstances
}

/** Waits for a part that behaves as the script says; the time is that of the script. */
async function wait({ vitals = () => IDLE, answers = () => ({ isReady: false }), death, circumstances }: Script) {
  const clock = { at: 0, now: () => clock.at }
  const second = () => Math.floor(clock.at / 1000)
  const said: string[] = []
  const child: Child = {
    ...{ name: 'functions', log: '/data/logs/functions.log', group: 1 },
    death: () => death?.(second()),
    stop: async () => undefined,
  }
  const ports: WaitingPorts = {
    clock,
    sleep: async (ms) => {
      clock.at += ms
    },
    vitals: () => vitals(second()),
    circumstances: () => circumstances ?? QUIET,
  }
  const ask = async () => answers(second())
  const awaited = { at: 'http://127.0.0.1:8000/health', child, tell: (line: string) => said.push(line), ask }
  const outcome = await untilReady(awaited, ports).then(
    () => 'ready',
    (error: Error) => error.message,
  )
  return { outcome, said, seconds: second() }
}

const readyAfter = (seconds: number) => (second: number) => ({ isReady: second >= seconds })

describe('waiting for a part that starts', () => {
  it('goes on far beyond the usual patience while its log grows', async () => {
    const { outcome } = await wait({ answers: readyAfter(200), vitals: (at) => ({ logSize: at, cpuMs: 0 }) })

    expect(outcome).toBe('ready')
  })

  it('goes on while the processor works for it, however slowly', async () => {
    const { outcome } = await wait({ answers: readyAfter(300), vitals: (at) => ({ logSize: 0, cpuMs: at * 5 }) })

    expect(outcome).toBe('ready')
  })

  it('goes on when an answer of a new kind comes', async () => {
    const answers = (at: number): Reply =>
      at < 100 ? { isReady: false, heard: `status ${500 + Math.floor(at / 50)}` } : { isReady: true }

    expect((await wait({ answers })).outcome).toBe('ready')
  })

  it('ends after a minute without progress, and the message names the part, what was heard, its log and the machine', async () => {
    const circumstances = { lastLine: 'at x', reason: 'Error: out of disk', load: 14.2, cores: 2 }
    const { outcome, seconds } = await wait({
      vitals: (at) => ({ logSize: Math.min(at, 20), cpuMs: 0 }),
      circumstances,
    })

    expect(seconds).toBe(80)
    expect(outcome).toBe(
      [
        'functions is not ready at http://127.0.0.1:8000/health: given up after 60 s without progress, 80 s in all; it has not answered yet. The machine is busy (load 14.2 on 2 cores).',
        '    Its log: Error: out of disk',
        '    Log: /data/logs/functions.log',
      ].join('\n'),
    )
  })

  it('takes neither the log nor the processor for progress once the part answers: the questions cause both', async () => {
    const answers = (): Reply => ({ isReady: false, heard: 'status 503' })
    const { outcome, seconds } = await wait({ answers, vitals: (at) => ({ logSize: at, cpuMs: at * 1000 }) })

    expect(seconds).toBe(60)
    expect(outcome).toContain('it answers status 503')
  })

  it('ends after ten minutes, whatever the part is doing', async () => {
    const { outcome, seconds } = await wait({ vitals: (at) => ({ logSize: at, cpuMs: at * 1000 }) })

    expect(seconds).toBe(600)
    expect(outcome).toContain('given up after 600 s, however it goes on')
  })

  it('ends at once with the error of a part that died', async () => {
    const death = (at: number) => (at >= 3 ? new Error('functions ended by itself: no disk') : undefined)

    expect(await wait({ death })).toMatchObject({ outcome: 'functions ended by itself: no disk', seconds: 3 })
  })

  it('is not mentioned when it is short', async () => {
    expect((await wait({ answers: readyAfter(9) })).said).toEqual([])
  })

  it('is mentioned once in a while when it is long, with what is waited for', async () => {
    const { said } = await wait({ answers: readyAfter(75), vitals: (at) => ({ logSize: at, cpuMs: 0 }) })

    expect(said.map((line) => line.replace(/ The machine.*/, ''))).toEqual([
      '… waiting for functions for 10 s: it has not answered yet, its log grew 0 s ago.',
      '… waiting for functions for 20 s: it has not answered yet, its log grew 0 s ago.',
      '… waiting for functions for 40 s: it has not answered yet, its log grew 0 s ago.',
    ])
    expect(said[0]).toContain('The machine is not busy (load 0.4 on 2 cores). Its log: loading')
  })
})
