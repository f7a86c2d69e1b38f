import { describe, expect, it } from 'vitest'
import { createChecks } from '#lib/checks/checks'
import { KINDS } from '#lib/checks/kinds'
import { aTask, fenced } from './support/proposal.ts'

const checks = createChecks()
const dryRun = async (language: string, code: string) => (await checks.run(aTask(), fenced(language, code))).dryrun

const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - {name: web, image: 'nginx:1.29.0'}`
const VALID = { passed: true, exit_code: 0 }
const INVALID = { passed: false, exit_code: 1 }

describe('a dry run of Kubernetes manifests', () => {
  it('passes what the API server would take', async () => {
    expect(await dryRun('yaml', DEPLOYMENT)).toEqual({
      ...VALID,
      output: 'line 2: apps/v1 Deployment "web": valid',
      message: '1 Kubernetes manifest: none is invalid',
    })
  })

  it('passes a definition of custom resources with the words of Kubernetes in its schema', async () => {
    const spec = `properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {
            ports: {type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [port], items: {type: object}},
            size: {x-kubernetes-int-or-string: true}}, x-kubernetes-validations: [{rule: 'has(self.size)'}]}}`
    const definition = (properties: string) => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, kind: Widget}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, ${properties}}}`
    expect(await dryRun('yaml', definition(spec))).toMatchObject(VALID)
    expect(
      await dryRun('yaml', definition(spec.replace('x-kubernetes-list-type', 'x-kubernetes-listtype'))),
    ).toMatchObject({
      ...INVALID,
      output: expect.stringContaining('x-kubernetes-listtype: unknown field'),
    })
  })

  it.each([
    ['a wrong type', DEPLOYMENT.replace('spec:\n', 'spec:\n  replicas: three\n'), 'spec.replicas: must be integer'],
    [
      'a missing field',
      DEPLOYMENT.replace('name: web, image', 'image'),
      'spec.template.spec.containers[0]: must have required property name',
    ],
    ['a missing name', DEPLOYMENT.replace('  name: web\n', '  labels: {}\n'), 'metadata.name: is required'],
    [
      'a bad name',
      DEPLOYMENT.replace('  name: web\n', '  name: My_Web\n'),
      'metadata.name: must consist of a–z, 0–9, "-" and begin and end with a letter or digit',
    ],
    [
      'a long name',
      DEPLOYMENT.replace('  name: web\n', `  name: ${'a'.repeat(254)}\n`),
      'metadata.name: must be no more than 253 characters',
    ],
    [
      'a selector that chooses other pods',
      DEPLOYMENT.replace('labels: {app: web}', 'labels: {app: api}'),
      'spec.selector.matchLabels: the pod template has no label app of that value',
    ],
    [
      'a kind in the wrong group',
      DEPLOYMENT.replace('apps/v1', 'v1'),
      'apiVersion: Kubernetes serves Deployment as apps/v1',
    ],
    [
      'a kind of the past',
      DEPLOYMENT.replace('apps/v1', 'extensions/v1beta1'),
      'apiVersion: Kubernetes serves Deployment as apps/v1',
    ],
    [
      'a field named validate',
      DEPLOYMENT.replace('metadata:\n', 'validate: 1\nmetadata: 7\nx:\n'),
      'metadata: must be object',
    ],
  ])('names %s', async (_, manifest, fault) => {
    const found = await dryRun('yaml', manifest)
    expect(found).toMatchObject({ ...INVALID, message: '1 Kubernetes manifest: 1 invalid' })
    expect(found.output).toContain(fault)
  })

  it('judges every document, every item of a List, and JSON', async () => {
    const map = '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {n: 1}}'
    expect(await dryRun('yaml', `${DEPLOYMENT}\n---\n${map}`)).toMatchObject({
      ...INVALID,
      output: 'line 2: apps/v1 Deployment "web": valid\nline 16: v1 ConfigMap "a": data.n: must be string',
    })
    expect(await dryRun('yaml', `apiVersion: v1\nkind: List\nitems: [${map}, ${map}]`)).toMatchObject({
      message: '2 Kubernetes manifests: 2 invalid',
    })
    expect(await dryRun('json', '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}')).toMatchObject(VALID)
  })

  it('says of other kinds that it has no schema for them', async () => {
    expect(await dryRun('yaml', 'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: a}')).toEqual({
      ...VALID,
      output: 'line 2: cert-manager.io/v1 Certificate "a": no schema for this kind: not validated',
      message: '1 Kubernetes manifest: none is invalid; 1 not validated for want of a schema',
    })
  })

  it.each(Object.keys(KINDS))('has the schema of %s', async (key) => {
    const [kind = '', version = '', group] = key.split('/').reverse()
    const apiVersion = group === undefined ? version : `${group}/${version}`
    const { output } = await dryRun('json', JSON.stringify({ apiVersion, kind, metadata: 7 }))
    expect(output).toContain('metadata: must be object')
  })

  it('keeps to a hundred documents', async () => {
    const map = '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}'
    const { message } = await dryRun('yaml', Array.from({ length: 120 }, () => map).join('\n---\n'))
    expect(message).toBe('100 Kubernetes manifests: none is invalid; 20 more not looked at')
  })
})

describe('a dry run of JSON Schemas', () => {
  const schema = (fields: object, dialect = 'http://json-schema.org/draft-07/schema#') =>
    dryRun('json', JSON.stringify({ $schema: dialect, ...fields }))

  it.each([
    'http://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft/2019-09/schema',
    'https://json-schema.org/draft/2020-12/schema',
  ])('compiles %s', async (dialect) => {
    const properties = { a: { type: 'string', format: 'email' }, b: { $ref: '#/$defs/c' } }
    const good = { title: 'Good', type: 'object', properties, $defs: { c: { type: 'integer' } } }
    expect(await schema(good, dialect)).toEqual({
      ...VALID,
      output: 'line 2: JSON Schema "Good": valid',
      message: '1 JSON Schema: none is invalid',
    })
    expect(await schema({ type: 'strng' }, dialect)).toMatchObject(INVALID)
  })

  it.each([
    ['a type that is none', { properties: { a: { type: 'strng' } } }, 'schema is invalid'],
    ['a reference to nothing', { properties: { a: { $ref: '#/definitions/none' } } }, "can't resolve reference"],
    ['a pattern that is none', { pattern: '(' }, 'Invalid regular expression'],
  ])('refuses %s', async (_, fields, fault) => {
    const found = await schema(fields)
    expect(found).toMatchObject(INVALID)
    expect(found.output).toContain(fault)
  })

  it('fetches nothing', async () => {
    const found = await schema({ properties: { a: { $ref: 'https://example.com/a.json' } } })
    expect(found).toMatchObject(VALID)
    expect(found.output).toContain('refers to a schema elsewhere, which is not fetched')
  })

  it('says which dialects it knows', async () => {
    const found = await schema({}, 'http://json-schema.org/draft-04/schema#')
    expect(found.output).toContain('only draft-07, 2019-09 and 2020-12 are checked')
  })

  it('lets two schemas have one id', async () => {
    const one = '{$schema: "http://json-schema.org/draft-07/schema#", $id: "https://a.example/a", type: object}'
    expect(await dryRun('yaml', `${one}\n---\n${one}`)).toMatchObject({
      ...VALID,
      message: '2 JSON Schemas: none is invalid',
    })
  })

  it('takes an object with properties for a schema, and a document that names its editor’s schema for none', async () => {
    expect(await dryRun('json', '{"type":"object","properties":{"a":{"type":"nothing"}}}')).toMatchObject(INVALID)
    expect(await dryRun('json', '{"$schema":"https://biomejs.dev/schemas/2.6.8/schema.json"}')).toMatchObject({
      message: 'nothing to dry-run: no Kubernetes manifest or JSON Schema in the proposal',
    })
  })
})

describe('a dry run', () => {
  it('says when there is nothing to run', async () => {
    expect(await dryRun('ts', 'let a')).toEqual({
      ...VALID,
      output: '',
      message: 'nothing to dry-run: no Kubernetes manifest or JSON Schema in the proposal',
    })
  })
})
