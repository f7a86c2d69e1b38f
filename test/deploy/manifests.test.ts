import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject'
import { TriggerAuthentication } from '@kubernetes-models/keda/keda.sh/v1alpha1/TriggerAuthentication'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readGrpcSettings } from '#grpc/settings'
import { readAgents } from '#lib/agents/registry-file'
import { createChecks } from '#lib/checks/checks'
import { KINDS } from '#lib/checks/kinds'
import { readRules } from '#lib/checks/rules'
import { manifestsIn, ROOT, textOf, theOne } from './support/files.ts'

const KUSTOMIZE = 'kustomize.config.k8s.io/v1beta1'
const all = manifestsIn('deploy').filter(({ apiVersion }) => apiVersion !== KUSTOMIZE)
/** KEDA's kinds, which no cluster has by itself. */
const KEDA = { ScaledObject, TriggerAuthentication }
const isKeda = ({ apiVersion }: { apiVersion: string }): boolean => apiVersion === 'keda.sh/v1alpha1'
const councils = manifestsIn('deploy/councils')
const deployment = theOne(councils, 'Deployment', 'orchestrator')
const pod = deployment['spec'].template
const [container] = pod.spec.containers
const env: readonly { name: string; value?: string; valueFrom?: object }[] = container.env
const config = theOne(councils, 'ConfigMap', 'orchestrator-config')['data']
const configYaml = parse(config['config.yaml'])
const PORT = 50_055

describe('every manifest in deploy/', () => {
  it.each(all.filter(isKeda).map((one) => [`${one.kind} ${one.metadata.name}`, one] as const))(
    '%s is valid by KEDA’s schema',
    (_, { file, ...manifest }) => {
      const Kind = KEDA[manifest.kind as keyof typeof KEDA]
      expect(() => new Kind(manifest as never).validate()).not.toThrow()
      expect(() => new Kind({ ...manifest, spec: undefined } as never).validate()).toThrow()
    },
  )

  it.each(
    all.filter((one) => !isKeda(one)).map((one) => [`${one.kind} ${one.metadata.name} in ${one.file}`, one] as const),
  )('%s is valid by the official schema', async (_, one) => {
    expect(KINDS).toHaveProperty([`${one.apiVersion}/${one.kind}`])
    const { file, ...manifest } = one
    const text = `\`\`\`json\n${JSON.stringify(manifest)}\n\`\`\``
    const task = { description: '', role: 'DEVOPS', rubric: '', requirements: [], metadata: {} }
    expect((await createChecks().run(task, text)).dryrun).toMatchObject({
      passed: true,
      output: expect.stringMatching(/: valid$/),
    })
  })

  it('is listed by the kustomization, and everything listed is there', () => {
    const { resources } = councils.find(({ apiVersion }) => apiVersion === KUSTOMIZE) as unknown as {
      resources: string[]
    }
    const files = new Set(councils.filter(({ apiVersion }) => apiVersion !== KUSTOMIZE).map(({ file }) => file))
    expect(new Set(resources)).toEqual(files)
  })
})

describe('the pod of the gRPC server', () => {
  it('may do as little as can be', () => {
    expect(pod.spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    })
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      runAsUser: 1000,
      capabilities: { drop: ['ALL'] },
    })
    expect(container.securityContext).not.toHaveProperty('privileged')
    expect(pod.spec).not.toHaveProperty('hostNetwork')
    expect(container.resources).toMatchObject({
      requests: { cpu: expect.anything(), memory: expect.anything() },
      limits: { memory: expect.anything() },
    })
    expect(theOne(councils, 'ServiceAccount', pod.spec.serviceAccountName)['automountServiceAccountToken']).toBe(false)
  })

  it('runs an image with a semantic version, which is the package’s', () => {
    const { version } = JSON.parse(textOf('package.json'))
    expect(container.image).toBe(`localhost:5000/coxswain-councils:${version}`)
    const { images } = councils.find(({ apiVersion }) => apiVersion === KUSTOMIZE) as unknown as { images: object[] }
    expect(images).toEqual([{ name: 'localhost:5000/coxswain-councils', newTag: version }])
  })

  it('is asked over gRPC whether it lives, on the port it listens on', () => {
    const { startupProbe, readinessProbe, livenessProbe } = container
    for (const probe of [startupProbe, readinessProbe, livenessProbe]) expect(probe.grpc.port).toBe(PORT)
    expect(container.ports).toContainEqual({ name: 'grpc', containerPort: PORT, protocol: 'TCP' })
  })

  it('has the time to drain before it is killed', () => {
    const settings = readGrpcSettings(Object.fromEntries(env.map(({ name, value }) => [name, value])))
    expect(settings).toMatchObject({ host: '0.0.0.0', port: PORT, metricsPort: 9464, tokens: true })
    expect(settings.drainMs + 5_000).toBeLessThanOrEqual(pod.spec.terminationGracePeriodSeconds * 1000)
  })

  it('takes keys from the secret alone', () => {
    const secret = env.filter(({ name }) => /KEY|TOKEN|SECRET|PASSWORD/.test(name))
    expect(secret.map(({ name }) => name)).toEqual(expect.arrayContaining(['ANTHROPIC_API_KEY', 'OPENAI_API_KEY']))
    for (const { name, value, valueFrom } of secret) {
      expect(value).toBeUndefined()
      expect(valueFrom).toEqual({ secretKeyRef: { name: 'orchestrator-secrets', key: name, optional: true } })
    }
  })

  it('finds the files that its environment names in the ConfigMap', () => {
    const [mount] = container.volumeMounts
    const volume = pod.spec.volumes.find(({ name }: { name: string }) => name === mount.name)
    expect(theOne(councils, 'ConfigMap', volume.configMap.name)).toBeDefined()
    const files = env.filter(({ name }) => name.endsWith('_FILE')).map(({ value }) => value)
    expect(files).toEqual(Object.keys(config).map((name) => `${mount.mountPath}/${name}`))
  })
})

describe('what is around the pods', () => {
  const labels = pod.metadata.labels

  it.each([
    ['Deployment', deployment['spec'].selector.matchLabels],
    ['Service', theOne(councils, 'Service', 'orchestrator')['spec'].selector],
    ['headless Service', theOne(councils, 'Service', 'orchestrator-headless')['spec'].selector],
    ['NetworkPolicy', theOne(councils, 'NetworkPolicy', 'orchestrator')['spec'].podSelector.matchLabels],
    ['PodDisruptionBudget', theOne(councils, 'PodDisruptionBudget', 'orchestrator')['spec'].selector.matchLabels],
  ])('%s chooses them by labels that they have', (_, selector) => {
    expect(Object.keys(selector).length).toBeGreaterThan(0)
    expect(labels).toMatchObject(selector)
  })

  it('is in no namespace of its own, so that the kustomization’s holds', () => {
    expect(councils.filter(({ metadata }) => metadata !== undefined && 'namespace' in metadata)).toEqual([])
    expect(councils.find(({ apiVersion }) => apiVersion === KUSTOMIZE)).toMatchObject({
      namespace: theOne(councils, 'Namespace', 'swe').metadata.name,
    })
  })

  it('leads calls to the port that the pods listen on', () => {
    for (const name of ['orchestrator', 'orchestrator-headless']) {
      const [port] = theOne(councils, 'Service', name)['spec'].ports
      expect(port).toMatchObject({ port: PORT, targetPort: 'grpc' })
    }
    const { ingress, egress } = theOne(councils, 'NetworkPolicy', 'orchestrator')['spec']
    expect(ingress[0].ports).toEqual([{ protocol: 'TCP', port: PORT }])
    expect(ingress.every(({ from }: { from?: unknown[] }) => (from?.length ?? 0) > 0)).toBe(true)
    expect(egress.flatMap(({ ports }: { ports: { port: number }[] }) => ports.map(({ port }) => port))).toEqual([
      53, 53, 443, 80,
    ])
  })
})

describe('the ConfigMap', () => {
  it('has agents that the server can read, as many and for the roles that it tells of', () => {
    const { agents, errors } = readAgents(configYaml)
    const { default_num_agents, roles } = configYaml.orchestration
    expect(errors).toEqual([])
    expect([...new Set(agents.map(({ role }) => role))]).toEqual(roles)
    expect(roles).toEqual(['DEV', 'QA', 'ARCHITECT', 'DEVOPS', 'DATA'])
    for (const role of roles) expect(agents.filter((one) => one.role === role)).toHaveLength(default_num_agents)
  })

  it('tells of the port and numbers that the manifests set', () => {
    expect(configYaml.service).toEqual({ name: deployment.metadata.name, port: PORT })
    expect(env).toContainEqual({
      name: 'NUM_AGENTS_PER_ROLE',
      value: String(configYaml.orchestration.default_num_agents),
    })
  })

  it('has a policy that the checks can read', () => {
    expect(readRules(parse(config['policy.yaml'])).forbidden.map(({ name }) => name)).toContain('delete-namespace')
  })
})

describe('deploy/README.md', () => {
  it('names only files that there are', () => {
    const named = [...textOf('deploy/README.md').matchAll(/\bdeploy\/[\w./-]*\w/g)].map(([path]) => path)
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})
