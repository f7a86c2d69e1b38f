/** The adapter before a server that gives the answers a real API server gave. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCronJobs } from '#lib/cluster/cronjobs'
import { differences } from '#lib/cluster/diff'
import { type CronJobManifest, manifestOf } from '#lib/cluster/manifest'
import { aSpec, JOB } from '#test/helpers/cluster'
import { type Recording, recording } from '#test/helpers/recordings'

/** Our client before a server that plays these recordings, one after the other. */
async function playing(...numbers: readonly number[]) {
  const left = numbers.map(recording)
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.method ?? '')
    const { status, body } = left.shift()?.response ?? { status: 500, body: {} }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close().closeAllConnections())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const access = { kind: 'address', url, token: 't', ca: undefined } as const
  return { cronJobs: createCronJobs({ access, job: JOB, sleep: async () => {}, chance: () => 0 }), asked }
}

/** What was sent, as the manifest that it was made from. */
const sent = ({ request }: Recording) => request.body as CronJobManifest

describe('what a real API server answers', () => {
  it('is read from a list whose items name neither version nor kind', async () => {
    const { cronJobs } = await playing(6)

    const all = await cronJobs.list()

    expect(all).toMatchObject([{ project: 'TEST-001', sprint: 'TEST-001-S12', suspended: false }])
    const pointers = all[0]?.drift(aSpec()).map(({ pointer }) => pointer)
    expect(pointers).not.toContain('/apiVersion')
    expect(pointers).not.toContain('/kind')
  })

  it.each([3, 4, 5, 10])('shows no drift where the server filled in what was left to it (recording %i)', (number) => {
    expect(differences(sent(recording(3)), recording(number).response.body)).toEqual([])
  })

  it('shows no drift in the items of a list either', () => {
    const [item] = recording(6).response.body['items'] as object[]

    expect(differences(sent(recording(3)), item)).toEqual([])
  })

  it('shows what somebody else has changed, and nothing else', () => {
    expect(differences(sent(recording(3)), recording(8).response.body)).toMatchObject([
      { pointer: '/spec/schedule', wanted: '0 14 * * 1-5', found: '1 1 * * *' },
    ])
  })
})

describe('what others manage', () => {
  const POD = '/spec/jobTemplate/spec/template/spec'

  function liveWith(change: (pod: { containers: { env: object[]; [field: string]: unknown }[] }) => void) {
    const live = structuredClone(manifestOf(aSpec(), JOB))
    const pod = live.spec.jobTemplate.spec?.template.spec as unknown
    change(pod as Parameters<typeof change>[0])
    return live
  }

  it('is no drift: a label, an annotation, a variable of the environment, wherever it stands', () => {
    const live = liveWith(({ containers }) => containers[0]?.env.unshift({ name: 'HTTPS_PROXY', value: 'http://p' }))
    Object.assign(live.metadata.labels ?? {}, { 'cost-centre': '42' })
    Object.assign(live.metadata.annotations ?? {}, { 'argocd.argoproj.io/tracking-id': 'x' })

    expect(differences(manifestOf(aSpec(), JOB), live)).toEqual([])
  })

  it('is told apart from ours by name: a changed variable of ours is drift, at its place in the object', () => {
    const live = liveWith(({ containers }) => {
      const [first] = containers
      if (first === undefined) return
      first.env = [
        { name: 'HTTPS_PROXY', value: 'http://p' },
        { ...first.env[0], value: 'elsewhere' },
      ]
    })

    expect(differences(manifestOf(aSpec(), JOB), live)).toMatchObject([
      { pointer: `${POD}/containers/0/env/0/value`, place: `${POD}/containers/0/env/1/value`, found: 'elsewhere' },
      { pointer: `${POD}/containers/0/env/1`, place: `${POD}/containers/0/env/-`, found: undefined },
      { pointer: `${POD}/containers/0/env/2`, place: `${POD}/containers/0/env/-`, found: undefined },
    ])
  })

  it('is no part of what is wanted either: an ignored field below a missing one is left out', () => {
    const wanted = manifestOf(aSpec(), JOB)
    const { labels: _, ...metadata } = wanted.metadata

    const found = differences(wanted, { ...wanted, metadata }, ['/metadata/labels/team'])

    expect(found).toMatchObject([{ pointer: '/metadata/labels', wanted: { project: 'TEST-001' } }])
    expect(found[0]?.wanted).not.toHaveProperty('team')
  })
})
