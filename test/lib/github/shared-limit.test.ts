/** A limit that one process was told: heeded by every function of every other, over the table and the stand-in GitHub. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Instant, seconds } from '#lib/clock'
import { createPermissions } from '#lib/github/permissions'
import { createPullSource } from '#lib/github/pulls'
import { createSharedLimit, type LimitNote } from '#lib/github/shared-limit'
import { createIssueSource } from '#lib/github/source'
import { createIssueStates } from '#lib/github/states'
import { createLabelTrust } from '#lib/github/trust'
import { createIssueWriter } from '#lib/github/writer'
import { createLimitNote } from '#lib/store/gate'
import { createLedger } from '#lib/store/ledger'
import { createPollStore } from '#lib/store/polls'
import { aTable } from '#test/helpers/dynamodb'
import { aClient, aClock } from '#test/helpers/github'
import { ACME, aGitHub } from '#test/sandbox/github/helpers'

interface Entry {
  readonly kind: 'reads' | 'noted' | 'sends'
  readonly call: number
}

/** Processes that share a table and a token, each with a client of its own, and what they did in the order they did it. */
async function aFleet() {
  const clock = aClock()
  const { table } = await aTable()
  const github = await aGitHub({ clock, token: 'test-token' })
  const issue = github.seed.issue({ repository: ACME, title: 'Leak', labels: ['ai-ready'], author: 'ada' })
  const log: Entry[] = []
  let calls = 0

  /** A process; each of its calls is numbered from its look at the note on. */
  function aProcess() {
    const note = createLimitNote(table)
    const told: number[] = []
    const watched: LimitNote = {
      closedUntil() {
        calls += 1
        told.push(calls)
        log.push({ kind: 'reads', call: calls })
        return note.closedUntil()
      },
      async closeUntil(at) {
        await note.closeUntil(at)
        log.push({ kind: 'noted', call: 0 })
      },
    }
    const send: typeof fetch = (input, init) => {
      log.push({ kind: 'sends', call: told.at(-1) ?? 0 })
      return fetch(input, init)
    }
    const { client } = aClient(github.url, { clock, note: watched, fetch: send })
    const permissions = createPermissions({ client, clock })
    const source = createIssueSource({ client })
    const found = {
      repository: ACME,
      number: issue,
      author: 'ada',
      title: '',
      body: '',
      labels: [],
      association: 'NONE',
    }
    const seen = { ...found, state: 'open', created_at: 0, updated_at: 0 } as const
    return {
      poll: () => source.list(ACME, 'ai-ready', undefined),
      flush: () =>
        createIssueWriter({ client }).apply(
          {
            repository: ACME,
            number: issue,
            state_label: 'ai-in-progress',
            remove_labels: ['ai-ready'],
            comment: null,
          },
          { repeat: false },
        ),
      webhook: () => source.find(ACME, issue),
      trust: () => createLabelTrust({ client, permissions, apiUrl: github.url, trigger: 'ai-ready' }).judge(seen),
      permission: () => permissions.mayWrite(ACME, 'ada'),
      state: () => createIssueStates({ client }).stateOf({ repository: ACME, number: issue }),
      review: () => createPullSource({ client }).look(ACME, issue, undefined),
    }
  }

  return { clock, table, github, log, aProcess, sent: () => log.filter(({ kind }) => kind === 'sends').length }
}

const outcomes = (calls: readonly Promise<unknown>[]) =>
  Promise.all(
    calls.map((call) =>
      call.then(
        () => 'answered',
        (error: { code?: string }) => error.code,
      ),
    ),
  )

describe('a secondary limit that one function was told', () => {
  it('is heeded by every function of every other process, until the time it named', async () => {
    const { clock, table, github, aProcess, sent } = await aFleet()
    github.fail({ status: 403, retryAfter: 60 })
    await expect(aProcess().permission()).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 60 })
    const before = sent()

    clock.advance(seconds(59))
    const others = Array.from({ length: 6 }, aProcess)
    const said = await outcomes(others.flatMap((process) => Object.values(process).map((call) => call())))

    expect(said).toHaveLength(42)
    expect(new Set(said)).toEqual(new Set(['rate_limited']))
    expect(sent()).toBe(before)
    expect(await createPollStore(table).closedUntil()).toBe(clock.now() + seconds(1))
    expect((await createLedger(table, clock).budget()).closed_until).toBe(clock.now() + seconds(1))

    clock.advance(seconds(1))
    expect(await others[0]?.webhook()).toMatchObject({ kind: 'issue' })
  })

  it.each(['poll', 'flush', 'webhook', 'trust', 'permission', 'state', 'review'] as const)(
    'stops many interleaved callers: after %s was limited only what was on its way is sent',
    async (first) => {
      const { github, log, aProcess } = await aFleet()
      const [limited, ...others] = Array.from({ length: 6 }, aProcess)
      github.fail({ status: 429, retryAfter: 60 })

      await outcomes([
        limited?.[first]() ?? Promise.resolve(),
        ...others.flatMap((process) => Object.values(process).map((call) => call())),
      ])

      const noted = log.findIndex(({ kind }) => kind === 'noted')
      expect(noted).toBeGreaterThan(0)
      const readBefore = new Set(log.slice(0, noted).flatMap(({ kind, call }) => (kind === 'reads' ? [call] : [])))
      const late = log.slice(noted).filter(({ kind, call }) => kind === 'sends' && !readBefore.has(call))
      expect(late).toEqual([])
    },
  )

  it('stops a burst of its own process in the middle, without waiting for the note', async () => {
    const { github, aProcess, sent } = await aFleet()
    const process = aProcess()
    await process.webhook()
    const before = sent()
    github.fail({ match: { path: /\/collaborators\// }, status: 403, retryAfter: 60 })
    await expect(process.permission()).rejects.toMatchObject({ code: 'rate_limited' })

    const said = await outcomes(Array.from({ length: 20 }, () => process.webhook()))

    expect(new Set(said)).toEqual(new Set(['rate_limited']))
    expect(sent() - before).toBe(1)
  })
})

describe('an App', () => {
  it('has a note for each installation: where one is told to wait, the others go on', async () => {
    const { table, clock } = await aFleet()
    await createLimitNote(table, 7).closeUntil(clock.now() + seconds(60))

    expect(await createLimitNote(table, 7).closedUntil()).toBe(clock.now() + seconds(60))
    expect(await createLimitNote(table, 8).closedUntil()).toBe(0)
    expect(await createLimitNote(table).closedUntil()).toBe(0)
  })
})

describe('the gate', () => {
  it('lets no call go that could have known better, however reads, answers and notes interleave', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.record({ process: fc.nat(3), wait: fc.option(fc.integer({ min: 1, max: 90 })) }), {
          maxLength: 25,
        }),
        async (scheduler, calls) => {
          const now: Instant = 1_000
          const clock = { now: () => now }
          let stored: Instant = 0
          let step = 0
          /** Processes that were told to wait, and when that stood in the note. */
          const told = new Set<number>()
          let notedAt = Number.POSITIVE_INFINITY
          const note: LimitNote = {
            closedUntil: async () => {
              step += 1
              const value = stored
              await scheduler.schedule(Promise.resolve(), 'read')
              return value
            },
            closeUntil: async (at) => {
              await scheduler.schedule(Promise.resolve(), 'note')
              stored = Math.max(stored, at)
              step += 1
              notedAt = Math.min(notedAt, step)
            },
          }
          const limits = [0, 1, 2, 3].map(() => createSharedLimit({ note, clock }))

          const made = calls.map(async ({ process, wait }) => {
            const limit = limits[process]
            if (limit === undefined) return
            await scheduler.schedule(Promise.resolve(), 'begin')
            const readAt = step + 1
            try {
              await limit.pass()
              limit.check()
            } catch {
              return
            }
            // On the wire: nothing known here, and nothing noted before this call looked.
            expect(told.has(process)).toBe(false)
            expect(notedAt).toBeGreaterThanOrEqual(readAt)
            await scheduler.schedule(Promise.resolve(), 'answer')
            if (wait === null) return
            told.add(process)
            await limit.shut(now + seconds(wait))
          })
          await scheduler.waitFor(Promise.all(made))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('opens again at the very instant named, and never before', () => {
    let now: Instant = 0
    const limit = createSharedLimit({ note: undefined, clock: { now: () => now } })
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1 }), fc.nat(12_000), (closings, at) => {
        for (const until of closings) limit.closeUntil(until)
        now = at
        const isOpen = at >= limit.closedUntil()
        if (isOpen) expect(limit.check).not.toThrow()
        else expect(limit.check).toThrow(expect.objectContaining({ code: 'rate_limited' }))
        expect(limit.closedUntil()).toBeGreaterThanOrEqual(Math.max(...closings))
      }),
    )
  })
})
