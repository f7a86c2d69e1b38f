import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Role } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role'
import { RoleBinding } from 'kubernetes-models/rbac.authorization.k8s.io/v1/RoleBinding'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { RIGHTS } from '#lib/cluster/rights'
import { JOB } from '#test/helpers/cluster'

const MODELS = { ServiceAccount, Role, RoleBinding }

async function documents() {
  const text = await readFile(join(import.meta.dirname, '../../../deploy/rbac.yaml'), 'utf8')
  return parseAllDocuments(text).map((document) => document.toJS())
}

describe('deploy/rbac.yaml', () => {
  it('is valid by the official schema', async () => {
    const all = await documents()

    expect(all.map(({ kind }) => kind)).toEqual(['ServiceAccount', 'ServiceAccount', 'Role', 'RoleBinding'])
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
    expect(new Set(all.map(({ metadata }) => metadata.namespace))).toEqual(new Set([JOB.namespace]))
  })
})
