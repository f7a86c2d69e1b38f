/** Every recorded request of a real API server, put to the stand-in in the same order: it must answer the same. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StandInCluster, startCluster } from '#sandbox/cluster/server'
import { aClock } from '#test/helpers/clock'
import { hasKubectl, kubectlOf } from '#test/helpers/cluster'
import { type Recording, recording, recordings } from '#test/helpers/recordings'

const RBAC = join(import.meta.dirname, '../../../deploy/rbac.yaml')
/** What differs from run to run: identities, versions, times. */
const CHANGING = ['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp', 'time', 'continue']
/** What a program says of its own making, and the mark of a field that manages an object besides its members. */
const LEFT_OUT = ['gitVersion', 'gitCommit', 'goVersion', 'compiler', 'platform', '.']

/** The body with what changes from run to run made the same. */
function masked(value: unknown, key = ''): unknown {
  if (CHANGING.includes(key)) return typeof value
  if (Array.isArray(value)) return value.map((item) => masked(item))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => !LEFT_OUT.includes(name))
  return Object.fromEntries(kept.map(([name, inner]) => [name, masked(inner, name)]))
}

let folder: string
let cluster: StandInCluster
/** The last answer's continue token, which the next page is asked with. */
let next = ''

/** What else happened to the server just before a request, by the request's number. */
const BEFORE: Readonly<Record<string, () => unknown>> = {
  '30': () => Promise.all(['page-0', 'page-1', 'page-2', 'page-3', 'page-4'].map(anotherCronJob)),
  '33': () => asAdmin('PATCH', 'good-1', { metadata: { finalizers: ['example.test/hold'] } }),
  '37': () => cluster.admit({ ...POLICY, reason: 'Forbidden' }),
  '38': () => {
    cluster.heal()
    cluster.admit({ ...POLICY, reason: 'Invalid' })
  },
  '39': async () => {
    cluster.heal()
    for (const { metadata } of await listed()) if (metadata.name !== 'good-1') await asAdmin('DELETE', metadata.name)
    cluster.admit({ kind: 'quota', name: 'q', cronjobs: 1 })
  },
}
const POLICY = { kind: 'policy', name: 'p', binding: 'b', message: 'images must come from registry.corp' } as const
const CRONJOBS = '/apis/batch/v1/namespaces/dsm/cronjobs'

/** Of that name, the rest as recorded. */
function anotherCronJob(name: string) {
  const text = JSON.stringify(recording(11).request.body)
  return asAdmin('POST', '', JSON.parse(text.replaceAll('run-dailyscrum-test-001-test-001-s12', name)))
}

function asAdmin(method: string, name: string, body?: object) {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
  return fetch(`${plain()}${CRONJOBS}${name && `/${name}`}`, {
    method,
    headers: { authorization: `Bearer ${cluster.token}`, 'content-type': type, 'user-agent': 'unknown' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

async function listed(): Promise<{ metadata: { name: string } }[]> {
  const answer = await asAdmin('GET', '')
  return ((await answer.json()) as { items: { metadata: { name: string } }[] }).items
}

const plain = () => cluster.url.replace('https', 'http')

async function ask({ name, request: { method, path, content_type, body, as }, response }: Recording) {
  await BEFORE[name.slice(0, 2)]?.()
  const isKnown = response.status !== 401
  const token = as.startsWith('service account') ? cluster.tokenOf('dsm', 'coxswain') : cluster.token
  const answered = await fetch(plain() + path.replace(/continue=eyJ.*$/, `continue=${next}`), {
    method,
    headers: {
      authorization: `Bearer ${isKnown ? token : 'unknown'}`,
      'user-agent': 'unknown',
      ...(content_type !== undefined && { 'content-type': content_type }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const answer = (await answered.json()) as { metadata?: { continue?: string } }
  next = answer.metadata?.continue ?? ''
  return { status: answered.status, body: answer as unknown }
}

describe.skipIf(!hasKubectl)('the stand-in answers as a real API server did:', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'recordings-'))
    // All within one second, as when they were recorded: managers are kept in the order of their times.
    cluster = await startCluster({ port: 0, dataDir: folder, clock: aClock() })
    await kubectlOf(cluster)(['apply', '-f', RBAC])
  })
  afterAll(async () => {
    await cluster.close()
    await rm(folder, { recursive: true, force: true })
  })

  it.each(recordings().map((one) => [`${one.name}: ${one.says}`, one] as const))('%s', async (_, recording) => {
    const { status, body } = await ask(recording)

    expect({ status, body: masked(body) }).toEqual({
      status: recording.response.status,
      body: masked(recording.response.body),
    })
  })
})
