/** Random histories of issues that depend on each other and share files, against the real store. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import type { IssueState } from '#lib/queue/depends'
import { createOverlap } from '#lib/queue/overlap'
import { factsOf } from '#lib/queue/plan-issue'
import { createUnblock } from '#lib/queue/unblock'
import { TRIGGER } from '#test/helpers/journey'
import { aKey, aReport, REPOSITORY, someFacts } from '#test/helpers/queue'
import { aCrew, ask, type Crew, expectSound } from './support/crew.ts'
import { Death, dying } from './support/stores.ts'

const SECONDS = Number(process.env['QUEUE_MODEL_SECONDS'] ?? 15)
const NUMBERS = [1, 2, 3, 4, 5] as const
const WORKERS = ['w1', 'w2', 'w3'] as const
const overlap = createOverlap()

interface Issue {
  readonly on: readonly number[]
  readonly files: readonly string[]
}

type Deed =
  | { readonly kind: 'ask'; readonly worker: string; readonly dies: number }
  | { readonly kind: 'end'; readonly number: number; readonly how: 'completed' | 'released' | 'failed' }
  | { readonly kind: 'edit'; readonly number: number; readonly issue: Issue }
  | { readonly kind: 'poll'; readonly dies: number }
  | { readonly kind: 'pass'; readonly minutes: number }

const issue: fc.Arbitrary<Issue> = fc.record({
  on: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.uniqueArray(fc.constantFrom(...NUMBERS), { maxLength: 2 }) },
  ),
  files: fc.uniqueArray(fc.constantFrom('src/a', 'src/*', 'src/b.ts', 'docs/**', 'web'), { maxLength: 2 }),
})
const number = fc.constantFrom(...NUMBERS)
/** Mostly not at all. */
const dies = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) },
)
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('ask' as const), worker: fc.constantFrom(...WORKERS), dies }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      number,
      how: fc.constantFrom('completed' as const, 'completed' as const, 'released' as const, 'failed' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('edit' as const), number, issue }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('poll' as const), dies }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const), minutes: fc.constantFrom(1, 11) }) },
)

const bodyOf = ({ on, files }: Issue) =>
  `Depends on: ${on.map((each) => `#${each}`).join(', ')}\nFiles: ${files.join(', ')}`

function sourceOf(number: number, it: Issue) {
  const { author, association, created_at, updated_at } = someFacts(number)
  const base = { repository: REPOSITORY, number, title: `Issue ${number}`, labels: [TRIGGER], state: 'open' as const }
  return { ...base, body: bodyOf(it), author, association, created_at, updated_at }
}

/** An issue counts as closed once its job has ended. */
async function aWorld(issues: readonly Issue[]) {
  const crew = await aCrew()
  const said = new Map(issues.map((it, n) => [n + 1, it]))
  const stateOf = async (key: { number: number }): Promise<IssueState> =>
    (await crew.store.record(aKey(key.number)))?.state.kind === 'finished' ? 'closed' : 'open'
  for (const [n, it] of said) {
    await crew.queue.add(aKey(n), factsOf(sourceOf(n, it), TRIGGER), bodyOf(it), 't')
  }

  async function poll(store = crew.store) {
    const unblock = createUnblock({ store, operations: crew.process(store), clock: crew.clock, states: { stateOf } })
    await unblock(REPOSITORY, { correlation_id: 'poll', isOver: () => false, open: new Set() })
    await crew.queue.reap({ now: crew.clock.now(), correlation_id: 'reap' })
  }
  return { crew, said, poll }
}

type World = Awaited<ReturnType<typeof aWorld>>

const mortal = ({ store }: Crew, k: number) => (k === 0 ? store : dying(store, k, 'after').store)
const survive = (error: unknown) => (error instanceof Death ? undefined : Promise.reject(error))

async function does(world: World, it: Deed): Promise<void> {
  const { crew, said } = world
  switch (it.kind) {
    case 'ask':
      await ask(crew.process(mortal(crew, it.dies)), it.worker).catch(survive)
      return
    case 'end':
      return end(crew, it.number, it.how)
    case 'edit': {
      const job = await crew.store.find(aKey(it.number))
      if (job?.state.kind !== 'pending') return
      const facts = factsOf(sourceOf(it.number, it.issue), TRIGGER)
      if (await crew.queue.refresh(job, facts, bodyOf(it.issue), 't')) said.set(it.number, it.issue)
      return
    }
    case 'poll':
      await world.poll(mortal(crew, it.dies)).catch(survive)
      return
    case 'pass':
      crew.clock.advance(minutes(it.minutes))
  }
}

async function end(crew: Crew, number: number, kind: 'completed' | 'released' | 'failed'): Promise<void> {
  const job = await crew.store.record(aKey(number))
  if (job?.state.kind !== 'leased' || job.state.lease.expires_at <= crew.clock.now()) return
  const { worker, token } = job.state.lease
  await crew.queue.report(aReport({ worker, number, kind, token, error: 'no' }))
}

interface Seen {
  readonly leased: readonly number[]
  readonly closed: readonly number[]
}

async function look({ crew }: World): Promise<Seen> {
  const jobs = await crew.store.records(NUMBERS.map((n) => aKey(n)))
  const those = (kind: string) => jobs.filter(({ state }) => state.kind === kind).map(({ key }) => key.number)
  return { leased: those('leased'), closed: those('finished') }
}

/** No two leases overlap, and whoever was just leased waited for all that was open. */
async function expectOrder(world: World, before: Seen): Promise<Seen> {
  const now = await look(world)
  for (const one of now.leased) {
    const { on, files } = world.said.get(one)!
    for (const other of now.leased.filter((each) => each > one)) {
      expect(await overlap(files, world.said.get(other)!.files), `${one} and ${other} at once`).toBe(false)
    }
    if (before.leased.includes(one)) continue
    for (const each of on) expect(before.closed, `${one} before ${each}`).toContain(each)
  }
  return now
}

/** One worker after another and enough polls: leases run out, and everything that waits in no circle ends. */
async function drain(world: World): Promise<void> {
  const { crew } = world
  for (let n = 0, idle = 0; idle < 2; n++) {
    crew.clock.advance(minutes(20))
    await world.poll()
    const before = await look(world)
    const answer = await ask(crew.process(), `drain-${n}`)
    await expectOrder(world, before)
    idle = answer.kind === 'work' ? 0 : idle + 1
    if (answer.kind === 'work') await end(crew, answer.job.key.number, 'completed')
  }
}

/** Issues that can never run: in a circle, or behind one. */
function stuckOf({ said }: World, closed: readonly number[]): readonly number[] {
  const free = new Set(closed)
  for (let grown = -1; grown !== free.size; ) {
    grown = free.size
    for (const [n, { on }] of said) if (on.every((each) => free.has(each))) free.add(n)
  }
  return NUMBERS.filter((n) => !free.has(n))
}

it(
  'no history leases two that overlap, or one before what it depends on; all that can run does',
  async () => {
    const limits = { interruptAfterTimeLimit: SECONDS * 1000, endOnFailure: SECONDS < 60 }
    const issues = fc.array(issue, { minLength: NUMBERS.length, maxLength: NUMBERS.length })
    await fc.assert(
      fc.asyncProperty(issues, fc.array(deed, { maxLength: 25 }), async (some, deeds) => {
        const world = await aWorld(some)
        let seen = await look(world)
        for (const each of deeds) {
          await does(world, each)
          seen = await expectOrder(world, seen)
        }
        const stuck = stuckOf(world, seen.closed)

        await drain(world)

        const jobs = await Promise.all(NUMBERS.map((n) => world.crew.store.find(aKey(n))))
        const unfinished = jobs.flatMap((job) => (job?.state.kind === 'finished' ? [] : [job?.key.number]))
        // What was found closed stays so: an edit may have made a circle of what had been let go before.
        expect(stuck).toEqual(expect.arrayContaining(unfinished))
        expectSound(world.crew.changes)
      }),
      { numRuns: SECONDS * 1000, ...limits },
    )
  },
  (SECONDS + 120) * 1000,
)
