import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createChecks } from '#lib/checks/checks'
import { kindOf } from '#lib/checks/manifests'
import { aTask, fenced } from './support/proposal.ts'

const checks = createChecks()
const dryRun = async (manifest: unknown) => (await checks.run(aTask(), fenced('json', JSON.stringify(manifest)))).dryrun

const RECORDINGS = new URL('../../recordings/kubernetes/', import.meta.url)

interface Recording {
  readonly says: string
  readonly request: { readonly path: string; readonly body?: unknown }
  readonly response: { readonly status: number; readonly body?: unknown }
}

const recordings = readdirSync(RECORDINGS)
  .map((file): Recording => JSON.parse(readFileSync(new URL(file, RECORDINGS), 'utf8')))
  .filter(({ request }) => kindOf(request.body)?.startsWith('batch/v1/'))
/** What is wrong with the object itself: rights, conflicts and policies of a cluster are nothing that a dry run sees. */
const isRefused = ({ says, response: { status, body } }: Recording) =>
  (status === 422 || status === 400) && !says.includes('policy') && !JSON.stringify(body).includes('quota')

describe('what a real API server was asked to store', () => {
  it.each(recordings.filter(isRefused))('is refused as the server refused it: $says', async ({ request }) => {
    expect(await dryRun(request.body)).toMatchObject({ passed: false })
  })

  const taken = recordings.filter(({ response, request }) => response.status < 300 && !request.path.includes('dryRun='))
  it.each(taken)('passes as it passed there: $says', async ({ says, request, response }) => {
    // With warnings instead of strict validation the server drops what it does not know.
    const output = says.includes('field dropped') ? ['spec.shedule: unknown field'] : []
    const found = await dryRun(request.body)
    expect(found.output.match(/unknown field/g) ?? []).toHaveLength(output.length)
    expect(found.passed).toBe(output.length === 0)
    expect(await dryRun(response.body)).toMatchObject({ passed: true })
  })

  it('is compared in both directions', () => {
    expect(recordings.filter(isRefused).length).toBeGreaterThanOrEqual(6)
    expect(taken.length).toBeGreaterThanOrEqual(4)
  })
})

const container = { name: 'web', image: 'nginx:1.29.0' }
const podOf = (spec: object) => ({ containers: [container], ...spec })
const pod = (spec: object) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: podOf(spec) })
const one = (fields: object) => pod({ containers: [{ ...container, ...fields }] })
const deployment = (spec: object, template: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a' },
  spec: {
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: podOf(template) },
    ...spec,
  },
})
const of = (apiVersion: string, kind: string, spec: object) => ({ apiVersion, kind, metadata: { name: 'a' }, spec })
const CLAIM_SIZE = { resources: { requests: { storage: '1Gi' } } }
const blocking = (cidr: string) =>
  of('networking.k8s.io/v1', 'NetworkPolicy', { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr } }] }] })
const definition = (plural: string) => ({
  ...of('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural, kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  }),
  metadata: { name: 'widgets.example.com' },
})
const job = (spec: object) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'a' },
  spec: { template: { spec: podOf(spec) } },
})
const cronJob = (spec: object) => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'a' },
  spec: { schedule: '0 9 * * 1-5', jobTemplate: { spec: job({ restartPolicy: 'Never' }).spec }, ...spec },
})
const service = (spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec })
const named = (kind: string, fields: object) => ({ apiVersion: 'v1', kind, metadata: { name: 'a' }, ...fields })

describe('a dry run refuses what an API server refuses', () => {
  it.each<[string, unknown, string]>([
    ['a field misspelt', one({ imagePullPolice: 'Always' }), 'spec.containers[0].imagePullPolice: unknown field'],
    ['a field in the wrong place', deployment({ image: 'a' }), 'spec.image: unknown field'],
    ['a field at the top', { ...deployment({}), replicas: 3 }, 'replicas: unknown field'],
    [
      'a field deep in a probe',
      one({ livenessProbe: { exec: { cmd: ['a'] } } }),
      'livenessProbe.exec.cmd: unknown field',
    ],
    ['replicas below zero', deployment({ replicas: -1 }), 'spec.replicas: must be greater than or equal to 0'],
    [
      'a rolling update of Recreate',
      deployment({ strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }),
      'rollingUpdate: may not be specified',
    ],
    [
      'a rolling update that cannot move',
      deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } }),
      'maxUnavailable: may not be 0 when maxSurge is 0',
    ],
    ['a claim without modes', of('v1', 'PersistentVolumeClaim', CLAIM_SIZE), 'spec.accessModes: at least one'],
    [
      'a claim of no size',
      of('v1', 'PersistentVolumeClaim', { accessModes: ['ReadWriteOnce'] }),
      'requests.storage: is required',
    ],
    [
      'a disruption budget with both bounds',
      of('policy/v1', 'PodDisruptionBudget', { minAvailable: 1, maxUnavailable: 1, selector: {} }),
      'cannot both be set',
    ],
    ['an address in place of a block', blocking('10.0.0.0'), 'spec.egress[0].to[0].ipBlock.cidr: is no block'],
    ['a block of 33 bits', blocking('10.0.0.0/33'), 'ipBlock.cidr: is no block'],
    ['an ingress to nowhere', of('networking.k8s.io/v1', 'Ingress', {}), 'either defaultBackend or rules'],
    [
      'a host with a port',
      of('networking.k8s.io/v1', 'Ingress', { rules: [{ host: 'a.example.com:8080' }] }),
      'spec.rules[0].host: must be a DNS name',
    ],
    ['a definition of another name', definition('widget'), 'metadata.name: must be spec.names.plural'],
    ['a bad schedule', cronJob({ schedule: '61 * * * *' }), 'spec.schedule: '],
    ['a time zone in the schedule', cronJob({ schedule: 'TZ=UTC 0 9 * * *' }), 'spec.schedule: cannot use TZ'],
    ['a bad time zone', cronJob({ timeZone: 'Mars/Base' }), 'spec.timeZone: unknown time zone Mars/Base'],
    ['a container port above 65,535', one({ ports: [{ containerPort: 70_000 }] }), 'containerPort: must be between 1'],
    ['a service port above 65,535', service({ ports: [{ port: 65_536 }] }), 'spec.ports[0].port: must be between 1'],
    ['a target port above 65,535', service({ ports: [{ port: 1, targetPort: 70_000 }] }), 'targetPort: must be'],
    ['a probe of no port', one({ livenessProbe: { tcpSocket: { port: 0 } } }), 'livenessProbe.tcpSocket.port: must be'],
    ['two containers of one name', pod({ containers: [container, container] }), 'the name "web" is there twice'],
    ['an init container of the same name', pod({ initContainers: [container] }), 'the name "web" is there twice'],
    ['no container', pod({ containers: [] }), 'spec.containers: is required'],
    ['a container without an image', pod({ containers: [{ name: 'a' }] }), 'spec.containers[0].image: is required'],
    ['a container with a bad name', one({ name: 'My_App' }), 'spec.containers[0].name: must be'],
    [
      'a mount without its volume',
      one({ volumeMounts: [{ name: 'data', mountPath: '/d' }] }),
      'there is no volume "data"',
    ],
    [
      'two mounts at one place',
      pod({
        volumes: [{ name: 'd', emptyDir: {} }],
        containers: [
          {
            ...container,
            volumeMounts: [
              { name: 'd', mountPath: '/d' },
              { name: 'd', mountPath: '/d' },
            ],
          },
        ],
      }),
      'the mountPath "/d" is there twice',
    ],
    [
      'a request above its limit',
      one({ resources: { requests: { memory: '1Gi' }, limits: { memory: '512Mi' } } }),
      'resources.requests.memory: must be less than or equal to the limit of memory',
    ],
    [
      'a request in millis above its limit',
      one({ resources: { requests: { cpu: '1500m' }, limits: { cpu: 1 } } }),
      'requests.cpu',
    ],
    ['a quantity that is none', one({ resources: { limits: { memory: '1GB' } } }), 'limits.memory: is no quantity'],
    [
      'two ports, one without a name',
      service({ ports: [{ port: 1, name: 'a' }, { port: 2 }] }),
      'spec.ports[1].name: is required',
    ],
    [
      'one port twice',
      service({
        ports: [
          { port: 1, name: 'a' },
          { port: 1, name: 'b' },
        ],
      }),
      'the port "1/TCP" is there twice',
    ],
    ['a service without ports', service({ selector: { app: 'a' } }), 'spec.ports: is required'],
    [
      'a bad label',
      named('ConfigMap', { metadata: { name: 'a', labels: { team: 'a b' } } }),
      'metadata.labels.team: a label',
    ],
    [
      'a long label',
      named('ConfigMap', { metadata: { name: 'a', labels: { team: 'a'.repeat(64) } } }),
      'metadata.labels.team',
    ],
    ['a job that is always restarted', job({ restartPolicy: 'Always' }), 'restartPolicy: must be OnFailure or Never'],
    ['a job that does not say', job({}), 'restartPolicy: must be OnFailure or Never'],
    ['a deployment that never restarts', deployment({}, { restartPolicy: 'Never' }), 'restartPolicy: must be Always'],
    ['a selector of nothing', deployment({ selector: {} }), 'spec.selector: must not be empty'],
    ['a variable with two values', one({ env: [{ name: 'A', value: 'a', valueFrom: {} }] }), 'env[0].valueFrom'],
    [
      'a probe of two kinds',
      one({ livenessProbe: { exec: {}, tcpSocket: { port: 1 } } }),
      'livenessProbe: must have exactly one',
    ],
    ['a secret that is no base64', named('Secret', { data: { a: 'plain text' } }), 'data.a: is no base64'],
    ['a bad key of data', named('ConfigMap', { data: { 'a/b': 'x' } }), 'the key "a/b" must have'],
  ])('%s', async (_, manifest, fault) => {
    const found = await dryRun(manifest)
    expect(found).toMatchObject({ passed: false, exit_code: 1 })
    expect(found.output).toContain(fault)
  })

  it.each<[string, unknown]>([
    [
      'a rolling update without pause',
      deployment({ replicas: 0, strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } } }),
    ],
    ['a claim', of('v1', 'PersistentVolumeClaim', { accessModes: ['ReadWriteOnce'], ...CLAIM_SIZE })],
    ['a disruption budget', of('policy/v1', 'PodDisruptionBudget', { maxUnavailable: 1, selector: {} })],
    ['a block of addresses', blocking('10.0.0.0/8')],
    ['a block of IPv6', blocking('2001:db8::/32')],
    [
      'an ingress with a backend alone',
      of('networking.k8s.io/v1', 'Ingress', { defaultBackend: { service: { name: 'a', port: { name: 'http' } } } }),
    ],
    ['an ingress for all hosts below', of('networking.k8s.io/v1', 'Ingress', { rules: [{ host: '*.example.com' }] })],
    ['a definition', definition('widgets')],
    [
      'any JSON where any JSON may be',
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: 'as.example.com' },
        spec: {
          group: 'example.com',
          names: { kind: 'A', plural: 'as' },
          scope: 'Namespaced',
          versions: [
            {
              name: 'v1',
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: 'object', default: { a: { b: 1 } } } },
            },
          ],
        },
      },
    ],
    [
      'labels, annotations and data of any name',
      named('ConfigMap', {
        metadata: {
          name: 'a',
          labels: { 'app.kubernetes.io/name': 'a', empty: '' },
          annotations: { 'a/B': '{"x": 1}' },
        },
        data: { 'a.json': '{}', _x: '' },
      }),
    ],
    [
      'volumes, claims, quantities and probes',
      {
        ...deployment(
          {
            serviceName: 'a',
            volumeClaimTemplates: [
              {
                metadata: { name: 'claim' },
                spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
              },
            ],
          },
          {
            volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }],
            containers: [
              {
                ...container,
                ports: [{ containerPort: 65_535, name: 'http' }],
                resources: { requests: { cpu: '0.5', memory: '128Mi' }, limits: { cpu: '500m', memory: 134_217_728 } },
                volumeMounts: [
                  { name: 'v', mountPath: '/v' },
                  { name: 'claim', mountPath: '/c' },
                ],
                readinessProbe: { httpGet: { path: '/', port: 'http' } },
                env: [
                  { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                  { name: 'B', value: 'b' },
                ],
              },
            ],
          },
        ),
        kind: 'StatefulSet',
      },
    ],
    [
      'a service of two named ports',
      service({
        ports: [
          { port: 80, name: 'a', targetPort: 'http' },
          { port: 53, name: 'b', protocol: 'UDP' },
        ],
      }),
    ],
    [
      'a headless service and an external one',
      named('List', {
        items: [service({ clusterIP: 'None' }), service({ type: 'ExternalName', externalName: 'a.b' })],
      }),
    ],
    ['a weekday schedule in a zone', cronJob({ schedule: '0 9 * * MON-FRI', timeZone: 'Europe/Berlin' })],
  ])('and passes what it takes: %s', async (_, manifest) => {
    expect(await dryRun(manifest)).toMatchObject({ passed: true, output: expect.not.stringContaining('unknown') })
  })
})
