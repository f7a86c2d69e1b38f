import { describe, expect, it } from 'vitest'
import { minutes, seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import { createFlusher, type FlushOptions, type FlushReport } from '#lib/github/flush'
import type { IssueWrite, IssueWriter, WriteBudget } from '#lib/github/ports'
import { GITHUB_LIMITS } from '#lib/github/shaper'
import { anOwedWrite, writeLedgerContract } from '#test/contracts/write-ledger'
import { aClock, aMemoryLedger, type HandClock, type MemoryLedger } from '#test/helpers/github'

const { perHour: MAX_PER_HOUR } = GITHUB_LIMITS

writeLedgerContract('in memory', async (clock) => aMemoryLedger(clock))

type Applied = IssueWrite & { readonly repeat: boolean }

interface Stage extends MemoryLedger {
  readonly clock: HandClock
  readonly applied: Applied[]
  readonly pauses: number[]
  flush(): Promise<FlushReport>
  budget(): Promise<WriteBudget>
}

/** A flusher over a ledger in memory and a writer that answers by `answer`, one write per call. */
function aStage(answer: (write: Applied) => unknown = () => undefined, options: Partial<FlushOptions> = {}): Stage {
  const clock = aClock()
  const memory = aMemoryLedger(clock)
  const applied: Applied[] = []
  const pauses: number[] = []
  const writer: IssueWriter = {
    async apply(write, { repeat }) {
      const call = { ...write, repeat }
      applied.push(call)
      await answer(call)
      return { writes: 1, labels: [] }
    },
  }
  const flusher = createFlusher({
    ...memory,
    writer,
    clock,
    ids: { uuid: () => 'flusher', secret: () => 'unused' },
    sleep: async (ms) => {
      pauses.push(ms)
      clock.advance(ms)
    },
    options: { maxWrites: 60, deadlineMs: seconds(40), ...options },
  })
  return { ...memory, clock, applied, pauses, flush: flusher.flush, budget: memory.ledger.budget }
}

const aComment = (marker: string): { marker: string; text: string } => ({ marker, text: marker })
const numbersOf = (calls: readonly Applied[]): number[] => calls.map(({ number }) => number)

/** Debts of one write each: a label that is put on, none that must go. */
async function oweMany(stage: Stage, count: number): Promise<void> {
  for (let number = 1; number <= count; number += 1) {
    await stage.owe(anOwedWrite({ number, owed_since: number, remove_labels: [] }))
  }
}

describe('a flush', () => {
  it('has nothing to do when nothing is owed', async () => {
    const stage = aStage()
    expect(await stage.flush()).toEqual({ locked: false, applied: 0, failed: 0, failures: [], left: 0 })
  })

  it('pays the oldest debts first and strikes them off', async () => {
    const stage = aStage()
    await stage.owe(anOwedWrite({ number: 2, owed_since: 2 }))
    await stage.owe(anOwedWrite({ number: 1, owed_since: 1 }))
    expect(await stage.flush()).toMatchObject({ applied: 2, failed: 0, left: 0 })
    expect(numbersOf(stage.applied)).toEqual([1, 2])
    expect(await stage.ledger.owed(10)).toEqual([])
  })

  it('leaves a second between writes', async () => {
    const stage = aStage()
    await oweMany(stage, 3)
    await stage.flush()
    expect(stage.pauses).toEqual([1_000, 1_000])
  })

  it('shows the labels once, then leaves several comments in order', async () => {
    const stage = aStage()
    await stage.owe(anOwedWrite({ comments: [aComment('failed:1'), aComment('completed:2')] }))
    await stage.flush()
    expect(stage.applied.map(({ comment, labels_shown }) => comment?.marker ?? labels_shown)).toEqual([
      undefined,
      'failed:1',
      'completed:2',
    ])
    expect(stage.applied.map(({ labels_shown }) => labels_shown)).toEqual([undefined, true, true])
  })

  it('looks before it writes where an earlier try had begun', async () => {
    let dead = true
    const stage = aStage(({ comment }) => {
      if (dead && comment?.marker === 'two') throw new AppError('upstream_unavailable', 'lost')
    })
    await stage.owe(anOwedWrite({ comments: [aComment('one'), aComment('two')] }))
    await stage.flush()
    dead = false
    expect(await stage.flush()).toMatchObject({ applied: 1, left: 0 })
    expect(stage.applied.map(({ comment, repeat }) => [comment?.marker, repeat])).toEqual([
      [undefined, false],
      ['one', false],
      ['two', false],
      ['two', true],
    ])
  })

  it('goes on to the other issues when one fails', async () => {
    const stage = aStage(({ number }) => {
      if (number === 2) throw new AppError('upstream_unavailable', 'GitHub answered 500.')
    })
    await oweMany(stage, 3)
    expect(await stage.flush()).toEqual({
      locked: false,
      applied: 2,
      failed: 1,
      failures: [{ repository: 'acme/shop', number: 2, code: 'upstream_unavailable', message: 'GitHub answered 500.' }],
      left: 1,
    })
  })

  it('asks nothing more of a repository that refused it, but serves the others', async () => {
    const stage = aStage(({ repository }) => {
      if (repository === 'acme/shop') throw new AppError('forbidden', 'no right')
    })
    await oweMany(stage, 3)
    await stage.owe(anOwedWrite({ repository: 'acme/till', number: 9 }))
    expect(await stage.flush()).toMatchObject({ applied: 1, failed: 1, left: 3 })
    expect(stage.applied.map(({ repository }) => repository)).toEqual(['acme/shop', 'acme/till'])
  })

  it('stops at a limit, remembers it, and asks nothing before its end', async () => {
    let limited = true
    const stage = aStage(() => {
      if (limited) throw new AppError('rate_limited', 'slow down', { retryAfter: 90 })
    })
    await oweMany(stage, 3)
    const until = stage.clock.now() + seconds(90)
    expect(await stage.flush()).toMatchObject({ applied: 0, failed: 0, left: 3, closed_until: until })
    expect((await stage.budget()).closed_until).toBe(until)
    limited = false
    stage.clock.advance(seconds(89))
    expect(await stage.flush()).toMatchObject({ applied: 0, left: 3, closed_until: until })
    expect(stage.applied).toHaveLength(1)
    stage.clock.advance(seconds(1))
    expect(await stage.flush()).toMatchObject({ applied: 3, left: 0 })
  })

  it('stops at its share of writes', async () => {
    const stage = aStage(undefined, { maxWrites: 4 })
    await oweMany(stage, 10)
    expect(await stage.flush()).toMatchObject({ applied: 4, left: 6 })
  })

  it('pays a debt that is larger than its share in several goes', async () => {
    const posted = new Set<string>()
    const clock = aClock()
    const memory = aMemoryLedger(clock)
    const flusher = createFlusher({
      ...memory,
      clock,
      ids: { uuid: () => 'f', secret: () => '' },
      sleep: async () => {},
      options: { maxWrites: 2, deadlineMs: 3_000 },
      writer: {
        async apply({ comment }, { repeat }) {
          const marker = comment?.marker ?? 'labels'
          if (repeat && posted.has(marker)) return { writes: 0, labels: [] }
          expect(posted.has(marker)).toBe(false)
          posted.add(marker)
          return { writes: 1, labels: [] }
        },
      },
    })
    await memory.owe(anOwedWrite({ remove_labels: [], comments: [aComment('a'), aComment('b'), aComment('c')] }))
    const reports = [await flusher.flush(), await flusher.flush()]
    expect(reports).toMatchObject([
      { applied: 0, left: 1 },
      { applied: 1, left: 0 },
    ])
    expect([...posted]).toEqual(['labels', 'a', 'b', 'c'])
  })

  it('stops when the hour is spent', async () => {
    const stage = aStage()
    await oweMany(stage, 5)
    const spent = Array.from({ length: MAX_PER_HOUR - 2 }, () => stage.clock.now() - minutes(10))
    await stage.ledger.saveBudget({ spent, closed_until: 0 })
    expect(await stage.flush()).toMatchObject({ applied: 2, left: 3 })
    expect(await stage.flush()).toMatchObject({ applied: 0, left: 3 })
    stage.clock.advance(minutes(51))
    expect(await stage.flush()).toMatchObject({ applied: 3, left: 0 })
  })

  it('begins nothing after its deadline', async () => {
    const stage = aStage(undefined, { deadlineMs: 2_500 })
    await oweMany(stage, 10)
    expect(await stage.flush()).toMatchObject({ applied: 3, left: 7 })
  })

  it('counts in the budget what it wrote, and reserved it before it began', async () => {
    let reserved = 0
    const stage = aStage(async ({ number }) => {
      if (number === 1) reserved = (await stage.budget()).spent.length
    })
    await oweMany(stage, 3)
    await stage.flush()
    expect(reserved).toBe(3)
    expect((await stage.budget()).spent).toHaveLength(3)
  })

  it('does nothing while another flusher is at work', async () => {
    const stage = aStage()
    await oweMany(stage, 1)
    const token = await stage.ledger.lock('other', stage.clock.now() + minutes(1))
    expect(await stage.flush()).toEqual({ locked: true })
    expect(stage.applied).toEqual([])
    await stage.ledger.unlock(token ?? 0)
    expect(await stage.flush()).toMatchObject({ applied: 1 })
  })

  it('lets the lock go when the ledger fails', async () => {
    const stage = aStage()
    const broken = createFlusher({
      ledger: { ...stage.ledger, owed: () => Promise.reject(new AppError('unavailable', 'store down')) },
      writer: { apply: () => Promise.reject(new Error('unused')) },
      clock: stage.clock,
      ids: { uuid: () => 'broken', secret: () => '' },
      options: { maxWrites: 5, deadlineMs: 1_000 },
    })
    await expect(broken.flush()).rejects.toMatchObject({ code: 'unavailable' })
    expect(await stage.flush()).toMatchObject({ locked: false })
  })

  it('leaves a debt owed that was renewed while it was paid', async () => {
    const stage: Stage = aStage(async ({ state_label }) => {
      if (state_label === 'ai-in-progress') await stage.owe(anOwedWrite({ version: 2, state_label: 'ai-completed' }))
    })
    await stage.owe(anOwedWrite())
    expect(await stage.flush()).toMatchObject({ applied: 1, left: 1 })
    expect(await stage.flush()).toMatchObject({ applied: 1, left: 0 })
    expect(stage.applied.map(({ state_label, repeat }) => [state_label, repeat])).toEqual([
      ['ai-in-progress', false],
      ['ai-completed', true],
    ])
  })

  it('refuses options under which it could never write', () => {
    expect(() => aStage(undefined, { maxWrites: 1 })).toThrow(expect.objectContaining({ code: 'invalid' }))
    expect(() => aStage(undefined, { deadlineMs: 0 })).toThrow(expect.objectContaining({ code: 'invalid' }))
  })
})
