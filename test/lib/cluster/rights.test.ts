import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Role } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role'
import { RoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding'
import { Namespace } from 'kubernetes-models/v1/Namespace'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { RIGHTS } from '#lib/cluster/rights'
import { aCluster, aSpec, hasKubectl, JOB, kubectlOf, ourCronJobs } from '#test/helpers/cluster'

const MODELS = { Namespace, ServiceAccount, Role, RoleBinding }

async function documents() {
  const text = await readFile(join(import.meta.dirname, '../../../deploy/rbac.yaml'), 'utf8')
  return parseAllDocuments(text).map((document) => document.toJS())
}

describe('deploy/rbac.yaml', () => {
  it('is valid by the official schema', async () => {
    const all = await documents()

    expect(all.map(({ kind }) => kind)).toEqual([
      'Namespace',
      'ServiceAccount',
      'ServiceAccount',
      'Role',
      'RoleBinding',
    ])
    for (const one of all) {
      const Model = MODELS[one.kind as keyof typeof MODELS]
      expect(() => new Model(one).validate()).not.toThrow()
    }
  })

  it('grants exactly what the pre-flight asks for', async () => {
    const { rules } = (await documents()).find(({ kind }) => kind === 'Role')

    const granted = rules.flatMap((rule: { resources: string[]; verbs: string[] }) =>
      rule.resources.flatMap((resource) => rule.verbs.map((verb) => ({ verb, resource }))),
    )

    expect(granted).toEqual(RIGHTS)
    expect(rules.flatMap((rule: { apiGroups: string[] }) => rule.apiGroups)).toEqual(['batch', 'batch'])
  })

  it("makes the daily scrums' account, in the namespace that is the default", async () => {
    const all = await documents()

    expect(all.map(({ metadata }) => metadata.name)).toContain(JOB.serviceAccount)
    const places = all.map(({ kind, metadata }) => (kind === 'Namespace' ? metadata.name : metadata.namespace))
    expect(new Set(places)).toEqual(new Set([JOB.namespace]))
  })

  it.skipIf(!hasKubectl)('is applied at once to a cluster without the namespace', async () => {
    const cluster = await aCluster({ namespaces: [] })
    const kubectl = kubectlOf(cluster)

    expect(await kubectl(['apply', '-f', join(import.meta.dirname, '../../../deploy/rbac.yaml')])).toMatchObject({
      failed: false,
    })

    const token = cluster.tokenOf('dsm', 'coxswain')
    const access = { kind: 'address', url: cluster.url, token, ca: cluster.ca } as const
    expect(await ourCronJobs(cluster, { access }).cronJobs.apply(aSpec())).toMatchObject({ outcome: 'created' })
  })
})
