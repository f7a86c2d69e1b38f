/** Everything a decision needs or tells, out of order in every way in turn, over the real adapters. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@redis/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { minutes } from '#lib/clock'
import { createCronJobs } from '#lib/cluster/cronjobs'
import type { EventSink } from '#lib/events/envelope'
import { createParking } from '#lib/events/parked'
import { createRedisStream } from '#lib/events/redis'
import { createChronicleSink } from '#lib/events/sinks/chronicle'
import { createRedisSink } from '#lib/events/sinks/redis'
import { toldBy } from '#lib/events/told'
import { systemIds } from '#lib/ids'
import { auditNoteOf } from '#lib/projects/audit'
import { parseDecisionId } from '#lib/projects/model'
import type { CronJobs } from '#lib/projects/ports'
import { createProjects } from '#lib/projects/projects'
import { createNoteMemory } from '#lib/store/notes'
import { createParkingStore } from '#lib/store/parked'
import { createProjectStore } from '#lib/store/projects'
import { createProjectMemory } from '#lib/store/projects-memory'
import { createUpstream } from '#lib/upstream/upstream'
import type { Fault } from '#sandbox/http/faults'
import { startUpstream } from '#sandbox/upstream/server'
import { listing } from '#test/helpers/addresses'
import { aClock } from '#test/helpers/clock'
import { aCluster, aFolder, JOB, ourCronJobs } from '#test/helpers/cluster'
import { aTable } from '#test/helpers/dynamodb'
import { aStream } from '#test/helpers/journey'
import { aPost, never } from '#test/helpers/projects/world'
import { aPort, aRedis, endRedis, hasRedis } from '#test/helpers/redis'

const SLOW = 'too slow'
const KINDS: Readonly<Record<string, Omit<Fault, 'times'>>> = {
  down: { down: true },
  [SLOW]: { hang: true },
  'answering 400': { status: 400 },
  'answering 403': { status: 403 },
  'answering 500': { status: 500 },
  'answering 503': { status: 503 },
  'answering no JSON': { text: '<html>Welcome to the proxy</html>' },
}
const CASES = (services: readonly string[]) =>
  services.flatMap((service) => Object.keys(KINDS).map((kind) => [service, kind] as const))
/** What says nothing is given up after this; everything else has all the time a busy machine needs. */
const GIVEN_UP = { attemptMs: 400, deadlineMs: 1_000 }
const PATIENT = { attemptMs: 20_000, deadlineMs: 30_000 }
const CRONJOBS = /\/cronjobs/
const ID = 'FAULT-1'
const quick = { sleep: async () => undefined, chance: () => 0.5 }

/** A project with an active sprint whose CronJob is missing, and the relay behind it. */
async function aWorld(options: { readonly sinks?: readonly EventSink[]; readonly cronJobs?: CronJobs } = {}) {
  const local = await aTable()
  const clock = aClock(Date.now())
  const services = await startUpstream({ port: 0, dataDir: await aFolder(), clock })
  onTestFinished(() => services.close())
  const cluster = await aCluster({ clock })
  const cronJobs = options.cronJobs ?? ourCronJobs(cluster, { timeoutMs: PATIENT.attemptMs, clock }).cronJobs
  const hurried = options.cronJobs ?? ourCronJobs(cluster, { timeoutMs: GIVEN_UP.attemptMs, clock }).cronJobs
  services.seed.project({ id: ID, team: 2, sprints: [{ starts: services.store.today(), open: 2 }] })
  const store = createProjectStore(local.table)
  const upstreamOf = (times = PATIENT) =>
    createUpstream({
      ...services.urls,
      ...listing(services.url),
      ...quick,
      ...times,
      clock,
      notes: createNoteMemory(local.table),
    })
  let chronicleTimes = PATIENT
  const chronicle = createChronicleSink({
    write: (note) =>
      upstreamOf()
        .onBehalfOf({})
        .noteDecision({ ...note }),
    async recall(id) {
      const parsed = parseDecisionId(id)
      const record = parsed && (await store.decision(parsed.project, parsed.seq))
      return record && auditNoteOf(record)
    },
  })
  const parking = createParking({
    sinks: [chronicle, ...(options.sinks ?? [])],
    store: createParkingStore(local.table, systemIds),
    clock,
    chance: () => 0.5,
  })
  const stream = await aStream(local)
  return {
    clock,
    services,
    cluster,
    cronJobs,
    /** By a container of its own: circuits that one has opened do not decide for the next. */
    post(kind = '') {
      const isSlow = kind === SLOW
      chronicleTimes = isSlow ? GIVEN_UP : PATIENT
      return createProjects({
        ...quick,
        store,
        memory: createProjectMemory(local.table),
        upstream: upstreamOf(chronicleTimes),
        cronJobs: isSlow ? hurried : cronJobs,
        clock,
        ids: systemIds,
        alarm: never,
      }).orchestrate(aPost({ project: ID }))
    },
    async relay() {
      for (const record of await stream()) for (const event of toldBy(record)) await parking.deliver(event)
    },
    async redeliver() {
      clock.advance(minutes(6))
      await parking.redeliver(clock.now() + minutes(1))
    },
    notes: () => services.store.notes('decision_audit', ID),
  }
}

describe.each(CASES(['project', 'backlog', 'sprint']))('the %s service %s', (service, kind) => {
  it('is named in the answer, nothing is done, and the repeat does it once', async () => {
    const world = await aWorld()
    world.services.fail(service as 'project', { ...KINDS[kind], times: Infinity })

    const refused = await world.post(kind).catch((error: unknown) => error)

    expect(refused).toMatchObject({ code: 'upstream_unavailable', details: { service } })
    expect(await world.cronJobs.list()).toEqual([])
    world.services.heal()
    expect(await world.post()).toMatchObject({ decisions: { cronjob_created: true } })
    expect(await world.post()).toMatchObject({ decisions: { cronjob_created: false }, actions_taken: [] })
    expect(await world.cronJobs.list()).toHaveLength(1)
  })
})

describe.each(CASES(['chronicle']))('%s %s', (_, kind) => {
  it('delays nobody: the decision is made by rules alone, says so, and is noted later, once', async () => {
    const world = await aWorld()
    world.services.fail('chronicle', { ...KINDS[kind], times: Infinity })

    const { decisions, analysis } = await world.post(kind)

    expect(decisions).toMatchObject({ cronjob_created: true, decision_source: 'rule_based_only' })
    expect([...decisions.warnings, decisions.reasoning].join(' ')).toMatch(/chronicle/i)
    expect(analysis.historical_context).toBeDefined()
    await world.relay()
    expect(world.notes()).toEqual([])
    world.services.heal()
    await world.redeliver()
    await world.redeliver()
    expect(world.notes()).toHaveLength(1)
  })
})

describe.each([SLOW, 'answering 400', 'answering 403', 'answering 500', 'answering 503', 'cut off'])(
  'the cluster %s',
  (kind) => {
    it('is named in the answer or in a warning, and the repeat does it once', async () => {
      const world = await aWorld()
      const fault = kind === 'cut off' ? { dropReply: true } : (KINDS[kind] as { hang: true } | { status: number })
      world.cluster.fail({ ...fault, match: { path: CRONJOBS }, times: 50 })

      const refused = await world.post(kind).catch((error: unknown) => error)

      expect(refused).toMatchObject({ code: 'upstream_unavailable', details: { service: 'cluster' } })
      if (kind === 'answering 403') expect(String(refused)).toContain('list cronjobs in namespace dsm')
      world.cluster.heal()
      expect(await world.post()).toMatchObject({ decisions: { cronjob_created: true } })
      expect(await world.cronJobs.list()).toHaveLength(1)
    })

    it('when it is only the write: 200 with a warning, and the next one heals', async () => {
      const world = await aWorld()
      const fault = kind === 'cut off' ? { dropReply: true } : (KINDS[kind] as { hang: true } | { status: number })
      world.cluster.fail({ ...fault, match: { method: 'POST', path: CRONJOBS }, times: 50 })

      const { decisions, actions_taken } = await world.post(kind)

      expect(decisions.cronjob_created).toBe(false)
      expect(decisions.warnings.join(' ')).toMatch(/could not be created/)
      if (kind === 'answering 403') expect(decisions.warnings.join(' ')).toContain('create cronjobs in namespace dsm')
      expect(actions_taken).toEqual([expect.stringMatching(/^Failed to create cronjob for sprint /)])
      world.cluster.heal()
      await world.post()
      expect(await world.cronJobs.list()).toHaveLength(1)
    })
  },
)

describe('a cluster address where something else answers', () => {
  it('is named, not believed', async () => {
    const server = createServer((_, response) => response.end('<html>hello</html>')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const access = { kind: 'address', url, token: 't', ca: undefined } as const
    const world = await aWorld({ cronJobs: createCronJobs({ ...quick, access, job: JOB }) })

    const refused = await world.post().catch((error: unknown) => error)

    expect(refused).toMatchObject({ code: 'upstream_unavailable', details: { service: 'cluster' } })
  })
})

describe.skipIf(!hasRedis)('Redis down', () => {
  it('delays nobody: the event is in the stream once it is back, once', async () => {
    const port = await aPort()
    const url = `redis://127.0.0.1:${port}`
    const stream = createRedisStream({ url, stream: 'orchestration_events' })
    onTestFinished(() => stream.close())
    const world = await aWorld({ sinks: [createRedisSink({ stream })] })

    expect(await world.post()).toMatchObject({ decisions: { cronjob_created: true } })
    await world.relay()
    expect(world.notes()).toHaveLength(1)
    const redis = await aRedis(port)
    onTestFinished(() => endRedis(redis))
    await world.redeliver()
    await world.redeliver()

    const reader = createClient({ url })
    reader.on('error', () => undefined)
    await reader.connect()
    onTestFinished(() => reader.destroy())
    const entries = (await reader.xRange('orchestration_events', '-', '+')) ?? []
    const told = entries.map(({ message }) => JSON.parse(message['data'] ?? ''))
    expect(told.map(({ event_type }) => event_type)).toEqual(['CRONJOB_CREATED', 'ORCHESTRATION_DECISION'])
    expect(told[1]).toMatchObject({ decision_type: 'SELF_HEAL', actions_taken: [expect.stringMatching(/^Created/)] })
  })
})
