/** The real API server that `npm run test:kubernetes` has started. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import * as yaml from 'yaml'
import * as z from 'zod'
import { systemIds } from '#lib/ids'
import type { AdmissionRule } from '#sandbox/cluster/api/admission'
import { type Answered, askAs, type TestCluster } from './test-cluster.ts'

const kubeconfig = z.object({
  clusters: z.tuple([z.object({ cluster: z.object({ server: z.string(), 'certificate-authority': z.string() }) })]),
  users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]),
})

export const RBAC = join(import.meta.dirname, '../../deploy/rbac.yaml')
const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const RBAC_API = '/apis/rbac.authorization.k8s.io/v1'
/** A policy is in force about a second after it was made. */
const PATIENCE_MS = 30_000
const PAUSE_MS = 200

/** Undefined when there is none: the suite runs through `npm run test:kubernetes` only. */
export function theServer() {
  const path = process.env['TEST_KUBERNETES_KUBECONFIG']
  if (path === undefined) throw new Error('there is no cluster: run `npm run test:kubernetes`')
  const { clusters, users } = kubeconfig.parse(yaml.parse(readFileSync(path, 'utf8')))
  const { server: url, 'certificate-authority': authority } = clusters[0].cluster
  const { token } = users[0].user
  const admin: TestCluster['admin'] = (method, route, body, type) =>
    askAs(token, url + route, {
      method,
      ...(type !== undefined && { type }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  return { path, url, token, ca: readFileSync(authority, 'utf8'), admin }
}

/** A token of a service account, as `kubectl create token` makes one. */
export async function tokenOf(namespace: string, account: string): Promise<string> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} }
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
  const { body: answer } = await theServer().admin('POST', path, body)
  return z.object({ status: z.object({ token: z.string() }) }).parse(answer).status.token
}

/** The documents of deploy/rbac.yaml, for another namespace. */
function rbacFor(namespace: string): Record<string, unknown>[] {
  const text = readFileSync(RBAC, 'utf8').replaceAll(/\bdsm$/gm, namespace)
  return yaml.parseAllDocuments(text).map((document) => document.toJSON())
}

const PLURALS: Readonly<Record<string, (namespace: string) => string>> = {
  Namespace: () => '/api/v1/namespaces',
  ServiceAccount: (namespace) => `/api/v1/namespaces/${namespace}/serviceaccounts`,
  Role: (namespace) => `${RBAC_API}/namespaces/${namespace}/roles`,
  RoleBinding: (namespace) => `${RBAC_API}/namespaces/${namespace}/rolebindings`,
}

/** A namespace of its own, with what deploy/rbac.yaml grants, and a client that is the service account of that file. */
export async function aRealCluster(): Promise<TestCluster> {
  const { url, ca, admin } = theServer()
  const namespace = `test-${systemIds.uuid().slice(0, 8)}`
  for (const object of rbacFor(namespace)) {
    expectDone(await admin('POST', PLURALS[String(object['kind'])]?.(namespace) ?? '', object))
  }
  const token = await tokenOf(namespace, 'coxswain')
  const made: string[] = []
  const settle = async () => {
    for (const path of made.splice(0).reverse()) await admin('DELETE', path)
    await until(async () => (await rehearsed(namespace)).status === 201 && (await isPlain(namespace)))
  }
  const make = async (collection: string, name: string, body: object) => {
    expectDone(await admin('POST', collection, { ...body, metadata: { name } }))
    made.push(`${collection}/${name}`)
  }
  onTestFinished(async () => {
    for (const path of made.reverse()) await admin('DELETE', path)
  })
  return {
    namespace,
    access: { kind: 'address', url, token, ca },
    admin,
    admit: (rule) => admit(rule, namespace, make),
    settle,
  }
}

type Make = (collection: string, name: string, body: object) => Promise<void>

async function admit(rule: AdmissionRule, namespace: string, make: Make): Promise<void> {
  const { admin } = theServer()
  if (rule.kind === 'quota') {
    const hard = { 'count/cronjobs.batch': String(rule.cronjobs) }
    const path = `/api/v1/namespaces/${namespace}/resourcequotas`
    await make(path, rule.name, { apiVersion: 'v1', kind: 'ResourceQuota', spec: { hard } })
    // The quota controller, which does not run here, would write it.
    const status = { hard, used: { 'count/cronjobs.batch': '0' } }
    expectDone(await admin('PATCH', `${path}/${rule.name}/status`, { status }, 'merge-patch+json'))
    return until(async () => (await rehearsed(namespace)).status === 403)
  }
  if (rule.kind === 'dead_webhook') {
    await make(`${ADMISSION}/validatingwebhookconfigurations`, rule.name, webhook(rule.name, rule.url, namespace))
    return until(async () => (await rehearsed(namespace)).status === 500)
  }
  const [kind, spec] =
    rule.kind === 'policy' ? (['Validating', refusing(rule)] as const) : (['Mutating', rewriting(rule.patch)] as const)
  const collection = `${ADMISSION}/${kind.toLowerCase()}admissionpolicies`
  const name = `${namespace}-${rule.kind}`
  const api = { apiVersion: 'admissionregistration.k8s.io/v1' }
  await make(collection, name, {
    ...api,
    kind: `${kind}AdmissionPolicy`,
    spec: { ...spec, matchConstraints: matching(namespace) },
  })
  const binding = { policyName: name, ...(kind === 'Validating' && { validationActions: ['Deny'] }) }
  await make(collection.replace('policies', 'policybindings'), name, {
    ...api,
    kind: `${kind}AdmissionPolicyBinding`,
    spec: binding,
  })
  await until(async () => (await rehearsed(namespace)).status !== 201 || !(await isPlain(namespace)))
}

const RULES = [{ apiGroups: ['batch'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['cronjobs'] }]
const only = (namespace: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': namespace } })
const matching = (namespace: string) => ({ namespaceSelector: only(namespace), resourceRules: RULES })

function refusing({ message, reason }: Extract<AdmissionRule, { kind: 'policy' }>) {
  return { failurePolicy: 'Fail', validations: [{ expression: 'false', message, reason }] }
}

/** Each operation as an expression of the policy's language. */
function rewriting(patch: readonly unknown[]) {
  const operations = z.array(z.object({ op: z.string(), path: z.string(), value: z.unknown() })).parse(patch)
  const list = operations.map(
    ({ op, path, value }) => `JSONPatch{op: "${op}", path: "${path}", value: ${JSON.stringify(value)}}`,
  )
  const mutations = [{ patchType: 'JSONPatch', jsonPatch: { expression: `[${list.join(', ')}]` } }]
  return { failurePolicy: 'Fail', reinvocationPolicy: 'Never', mutations }
}

function webhook(name: string, url: string, namespace: string) {
  const hook = {
    name,
    clientConfig: { url },
    rules: RULES,
    namespaceSelector: only(namespace),
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    failurePolicy: 'Fail',
    timeoutSeconds: 2,
  }
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', webhooks: [hook] }
}

/** What would become of a CronJob that is made now. */
function rehearsed(namespace: string): Promise<Answered> {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'busybox:1.37' }] } }
  const spec = { schedule: '0 0 * * *', jobTemplate: { spec: { template } } }
  const body = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'rehearsal' }, spec }
  return theServer().admin('POST', `/apis/batch/v1/namespaces/${namespace}/cronjobs?dryRun=All`, body)
}

/** True when nothing rewrites it. */
async function isPlain(namespace: string): Promise<boolean> {
  const { body } = await rehearsed(namespace)
  const spec = body['spec'] as { readonly suspend?: boolean; readonly schedule?: string } | undefined
  return spec?.suspend === false && spec.schedule === '0 0 * * *'
}

/** Policies come into force when the server has heard of them: there is nothing to wait on but that. */
export async function until(isSo: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<void> {
  const end = Date.now() + patienceMs
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('the cluster did not get there in time')
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

function expectDone({ status, body }: Answered): void {
  if (status >= 300) throw new Error(`the cluster answered ${status}: ${JSON.stringify(body)}`)
}
