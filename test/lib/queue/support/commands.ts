/** What may happen to a queue, one command each: done to the real one, foretold by the model. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { AppError } from '#lib/errors'
import { type Job, PRIORITIES, type ReportKind } from '#lib/queue/model'
import type { Queue } from '#lib/queue/queue'
import { aKey, aReport, someFacts } from '#test/helpers/queue'
import { ask, type Crew } from './crew.ts'
import type { Model } from './model.ts'
import { Death, dying } from './stores.ts'

type Command = fc.AsyncCommand<Model, Crew>
type Act = (queue: Queue, model: Model, crew: Crew) => Promise<unknown>

const WORKERS = ['w1', 'w2', 'w3'] as const
const NUMBERS = [1, 2, 3] as const
const KINDS: readonly ReportKind[] = ['completed', 'completed', 'failed', 'rate_limited', 'infrastructure', 'released']
const NO_USAGE = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }

/** A command that looks at the whole queue after it ran. */
function command(name: string, run: (model: Model, crew: Crew) => Promise<void>, check?: Command['check']): Command {
  return {
    check: check ?? (() => true),
    async run(model, crew) {
      await run(model, crew)
      await expectSame(model, crew)
    },
    toString: () => name,
  }
}

async function expectSame(model: Model, { store }: Crew): Promise<void> {
  const jobs = await store.records([...model.issues.keys()].map((number) => aKey(number)))
  for (const job of jobs) {
    const issue = model.issues.get(job.key.number)
    expect({ ...summary(job), number: job.key.number }).toMatchObject({
      ...{ number: issue?.number, status: issue?.status, token: issue?.token, generation: issue?.generation },
      counts: { failures: issue?.failures, workers_lost: issue?.lost, postponed: issue?.postponed },
      ...(issue?.status === 'leased' && { worker: issue.worker, expires: issue.expires }),
    })
  }
}

function summary({ state, token, counts, generation }: Job) {
  const lease = state.kind === 'leased' ? { worker: state.lease.worker, expires: state.lease.expires_at } : {}
  return { status: state.kind, token, counts, generation, ...lease }
}

/** What was refused, by its code; undefined when it was not. */
async function refusal(act: Promise<unknown>): Promise<string | undefined> {
  return act.then(
    () => undefined,
    (error: unknown) => (error instanceof AppError ? error.code : Promise.reject(error)),
  )
}

const add = (number: number, priority: (typeof PRIORITIES)[number]) =>
  command(
    `add ${number} ${priority}`,
    async (model, { queue, clock }) => {
      model.add(number, priority, clock.now())
      expect(await queue.add(aKey(number), someFacts(number, [`priority:${priority}`]), `Body ${number}`, 't')).toBe(
        true,
      )
    },
    (model) => !model.issues.has(number),
  )

const asks = (worker: string) =>
  command(`${worker} asks`, async (model, crew) => {
    const { queue, clock } = crew
    const foretold = model.ask(worker, clock.now())
    const answer = await ask(queue, worker)
    const right = (await hasReaped(model, crew)) ? model.askAgain(clock.now()) : foretold
    if (answer.kind === 'none') {
      if (!model.isFuzzy) expect(right).toEqual([])
      return
    }
    const given = right.find(({ number }) => number === answer.job.key.number)
    expect(given, `${answer.job.key.number} is nothing to give`).toBeDefined()
    if (!model.isFuzzy) expect(given).toBe(right[0])
    if (given !== undefined) model.lease(given, worker, clock.now())
    expect(answer.body).toBe(`Body ${answer.job.key.number}`)
  })

/**
 * After a crash a pending issue may have no ticket. Then the queue finds the line empty where the model does not, and ends
 * the leases that ran out, which it may do at any time: the records tell.
 */
async function hasReaped(model: Model, { store, clock }: Crew): Promise<boolean> {
  if (!model.isFuzzy) return false
  const overdue = [...model.issues.values()].filter(
    ({ status, expires }) => status === 'leased' && expires <= clock.now(),
  )
  const records = await store.records(overdue.map(({ number }) => aKey(number)))
  return records.some(
    ({ key, ended }) => ended?.report === 'expired' && ended.token === model.issues.get(key.number)?.token,
  )
}

const reports = (who: string, number: number, kind: ReportKind, mode: 'right' | 'stale' | 'none') =>
  command(`${who} says ${kind} of ${number} by ${mode} token`, async (model, { queue, clock }) => {
    const worker = nameOf(model, who, number)
    const token = tokenOf(model, number, mode)
    const verdict = model.judge(number, { worker, token, kind }, clock.now())
    const code = await refusal(queue.report(aReport({ worker, number, kind, token, error: 'no' })))
    expect(code ?? 'fine').toBe(verdict === 'accept' || verdict === 'repeat' ? 'fine' : verdict)
    const issue = model.issues.get(number)
    if (verdict === 'accept' && issue) model.report(issue, kind, clock.now())
  })

const heartbeats = (who: string, number: number, mode: 'right' | 'stale') =>
  command(`${who} heartbeats ${number} by ${mode} token`, async (model, { queue, clock }) => {
    const worker = nameOf(model, who, number)
    const token = tokenOf(model, number, mode) ?? 0
    const issue = model.issues.get(number)
    const holds = issue?.status === 'leased' && issue.worker === worker && issue.token === token
    const isStopped = issue?.status === 'finished' && issue.withdrawn && issue.token === token
    const beat = { worker, number, repository: undefined, token, usage: NO_USAGE, correlation_id: 't' }
    const code = await refusal(queue.heartbeat(beat).then(({ cancel }) => expect(cancel !== null).toBe(isStopped)))
    if (issue === undefined) expect(code).toBe('not_found')
    else expect(code).toBe(holds || isStopped ? undefined : 'lease_lost')
    if (holds) issue.expires = Math.max(issue.expires, clock.now() + 600_000)
  })

const passes = (ms: number) =>
  command(`${ms / 1000} s pass`, async (_model, { clock }) => {
    clock.advance(ms)
  })

const reaps = () =>
  command('a reaper runs', async (model, { queue, clock }) => {
    model.reap(clock.now())
    await queue.reap({ now: clock.now(), correlation_id: 'reap' })
  })

const redrives = (number: number) =>
  command(`${number} is redriven`, async (model, { queue, clock }) => {
    const issue = model.issues.get(number)
    const code = await refusal(queue.redrive(aKey(number), 't'))
    if (issue === undefined) expect(code).toBe('not_found')
    else if (issue.status === 'finished') model.redrive(issue, clock.now())
    else expect(code).toBe(issue.status === 'pending' && issue.generation > 1 ? undefined : 'conflict')
  })

const withdraws = (number: number) =>
  command(`${number} is withdrawn`, async (model, { queue }) => {
    const issue = model.issues.get(number)
    const done = queue.withdraw(aKey(number), 'closed', 't')
    if (issue === undefined) return expect(done).rejects.toMatchObject({ code: 'not_found' })
    expect(await done).toBe(issue.status !== 'finished')
    if (issue.status !== 'finished') model.withdraw(issue)
  })

/** A process that dies in the middle of something. A redrive, which has a caller, is said again. */
const dies = (act: { name: string; run: Act; again: boolean }, k: number, when: 'before' | 'after') =>
  command(`a process dies ${when} call ${k} of: ${act.name}`, async (model, crew) => {
    const mortal = crew.process(dying(crew.store, k, when).store)
    await act.run(mortal, model, crew).catch((error: unknown) => {
      if (!(error instanceof Death || error instanceof AppError)) throw error
    })
    if (act.again) await act.run(crew.process(), model, crew).catch(() => undefined)
    await adoptAll(model, crew)
  })

async function adoptAll(model: Model, { store }: Crew): Promise<void> {
  const pointers = await Promise.all(
    WORKERS.map(async (id) => {
      const pointer = (await store.worker(id, { consistent: true }))?.pointer ?? null
      const flat = pointer && { number: pointer.key.number, token: pointer.token, expires: pointer.expires_at }
      return [id, flat] as [string, typeof flat]
    }),
  )
  for (const number of model.issues.keys()) {
    const job = await store.find(aKey(number))
    expect(job, `${number} is lost`).toBeDefined()
    if (job) model.adopt(job, pointers)
  }
}

/** `the holder` is whoever holds or last held the issue. */
function nameOf(model: Model, who: string, number: number): string {
  const { worker = '', ended = null } = model.issues.get(number) ?? {}
  return who === 'the holder' ? worker || ended?.worker || 'w1' : who
}

function tokenOf(model: Model, number: number, mode: 'right' | 'stale' | 'none'): number | undefined {
  const token = model.issues.get(number)?.token ?? 1
  return mode === 'none' ? undefined : mode === 'right' ? token : Math.max(0, token - 1)
}

const worker = fc.constantFrom(...WORKERS)
const reporter = fc.constantFrom('the holder', 'the holder', 'the holder', ...WORKERS)
const number = fc.constantFrom(...NUMBERS)
const kind = fc.constantFrom(...KINDS)
const when = fc.constantFrom('before' as const, 'after' as const)
const jump = fc.constantFrom(1_000, 6_000, 60_000, 300_000, 600_000, 600_000, 900_000, -2_000, -300_000)

const act = fc.oneof(
  worker.map((w) => ({ name: `${w} asks`, again: false, run: (queue: Queue) => ask(queue, w) })),
  fc.tuple(number, kind).map(([n, k]) => ({
    name: `the holder says ${k} of ${n}`,
    again: false,
    run: (queue: Queue, model: Model) =>
      queue.report(
        aReport({
          ...{ worker: nameOf(model, 'the holder', n), number: n, kind: k },
          ...{ token: tokenOf(model, n, 'right'), error: 'no' },
        }),
      ),
  })),
  fc.constant({
    name: 'a reaper',
    again: false,
    run: (queue: Queue, _model: Model, { clock }: Crew) => queue.reap({ now: clock.now(), correlation_id: 'reap' }),
  }),
  number.map((n) => ({ name: `redrive ${n}`, again: true, run: (queue: Queue) => queue.redrive(aKey(n), 't') })),
  number.map((n) => ({
    name: `withdraw ${n}`,
    again: false,
    run: (queue: Queue) => queue.withdraw(aKey(n), 'closed', 't'),
  })),
)

export const anyCommand: fc.Arbitrary<Command>[] = [
  fc.tuple(number, fc.constantFrom(...PRIORITIES)).map(([n, priority]) => add(n, priority)),
  worker.map(asks),
  worker.map(asks),
  fc.tuple(reporter, number, kind, fc.constantFrom('right', 'right', 'stale', 'none')).map((it) => reports(...it)),
  fc.tuple(reporter, number, fc.constantFrom('right', 'right', 'stale')).map((it) => heartbeats(...it)),
  jump.map(passes),
  fc.constant(reaps()),
  number.map(redrives),
  number.map(withdraws),
  fc.tuple(act, fc.integer({ min: 1, max: 9 }), when).map(([what, k, side]) => dies(what, k, side)),
]
