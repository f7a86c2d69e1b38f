import { describe, expect, it } from 'vitest'
import { createChecks } from '#lib/checks/checks'
import { readJson } from '#lib/checks/documents'
import { aTask, fenced } from './support/proposal.ts'

const checks = createChecks()
const run = async (language: string, code: string) => checks.run(aTask(), fenced(language, code))

const HELM = [
  'apiVersion: apps/v1',
  'kind: Deployment',
  'metadata:',
  '  name: {{ include "web.fullname" . }}',
  '  labels:',
  '    {{- include "web.labels" . | nindent 4 }}',
  'spec:',
  '  replicas: {{ .Values.replicas }}',
].join('\n')

describe('a template', () => {
  it.each([
    ['yaml', HELM],
    ['yaml', 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  replicas: {{ .Values.replicas }}'],
    ['yaml', '{% for host in hosts %}\n- {{ host }}\n{% endfor %}'],
    ['yml', '<% if a %>\na: 1\n<% end %>'],
    ['json', '{"name": {{ name | tojson }}}'],
    ['ts', 'export const {{ name }} = 1'],
    ['js', '{% if a %}let a{% endif %}'],
  ])('in %s is said to be none that was linted, not to be broken: %j', async (language, code) => {
    const { lint, dryrun } = await run(language, code)
    expect(lint).toMatchObject({ passed: true, error_count: 0 })
    expect(lint.errors).toEqual([`note: line 1: ${language}: template, not linted`])
    expect(dryrun).toMatchObject({ passed: true, message: expect.stringContaining('nothing to dry-run') })
  })

  it.each([
    ['yaml', `on: push\njobs:\n  a:\n    env: {A: "\${{ secrets.A }}"}\n    if: \${{ always() }}`],
    ['yaml', 'summary: "CPU of {{ $labels.instance }}"'],
    ['tsx', 'export const A = () => <p style={{ color: "red" }} />'],
  ])('is not what only looks like one: %s %j', async (language, code) => {
    expect((await run(language, code)).lint).toEqual({ passed: true, error_count: 0, warning_count: 0, errors: [] })
  })

  it.each([
    ['yaml', `on: push\nenv: {A: "\${{ secrets.A }}"\nb: [`],
    ['tsx', 'export const A = () => <p style={{ color: "red" }}'],
    ['json', '{"a": tru}'],
  ])('is no excuse for what is broken: %s %j', async (language, code) => {
    expect((await run(language, code)).lint).toMatchObject({ passed: false })
  })
})

describe('a manifest whose values are filled in later', () => {
  const SERVICE =
    'apiVersion: v1\nkind: Service\nmetadata: {name: NAME}\nspec: {type: TYPE, ports: [{port: 80, targetPort: PORT}]}'
  const filled = (name: string, type: string, port: string) =>
    SERVICE.replace('NAME', name).replace('TYPE', type).replace('PORT', port)

  it.each([
    ['Helm', filled('"{{ .Release.Name }}-web"', '"{{ .Values.type }}"', '"{{ .Values.port }}"')],
    ['Jinja', filled('"{{ name }}"', 'ClusterIP', '80')],
    ['envsubst', filled(`"\${NAME}"`, '$TYPE', `"\${PORT}"`)],
    [
      'a label’s key',
      `${filled('web', 'ClusterIP', '80').replace('{name: web}', '{name: web, labels: {"{{ key }}": a}}')}`,
    ],
    [
      'a number',
      `apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  terminationGracePeriodSeconds: \${GRACE}\n  containers: [{name: a, image: b}]`,
    ],
  ])('is judged in part only: %s', async (_, code) => {
    const { dryrun } = await run('yaml', code)
    expect(dryrun).toMatchObject({
      passed: true,
      output: expect.stringContaining('a template: what is filled in later is not known, the rest is valid'),
      message: '1 Kubernetes manifest: none is invalid; 1 judged in part only (templates, patches and excerpts)',
    })
  })

  it('is refused for what is wrong beside', async () => {
    const { dryrun } = await run('yaml', filled('"{{ .Release.Name }}-web"', '"{{ .Values.type }}"', '70000'))
    expect(dryrun.passed).toBe(false)
    expect(dryrun.output).toMatch(/^.*spec\.ports\[0\]\.targetPort: [^\n]*$/)
  })

  it('is valid where any text will do', async () => {
    const code = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {alert: "CPU of {{ $labels.instance }}"}'
    expect((await run('yaml', code)).dryrun.output).toBe('line 2: v1 ConfigMap "a": valid')
  })
})

describe('files that programs read, and that strict parsers do not', () => {
  const TSCONFIG = '{\n  // Strict everywhere.\n  "compilerOptions": {\n    "strict": true, /* always */\n  },\n}'
  it.each<[string, string, string | null]>([
    ['tsconfig with comments', `json\n${TSCONFIG}`, 'JSON with comments'],
    ['JSON with comments, named so', 'jsonc\n{"a": "// no comment", // one\n "b": [1,],}', 'JSON with comments'],
    ['a first comment that names the file', 'json\n// package.json\n{"name": "a"}', 'JSON with comments'],
    ['a byte order mark in JSON', 'json\n\uFEFF{"a": 1}', null],
    ['a byte order mark in YAML', 'yaml\n\uFEFFa: 1', null],
    ['a byte order mark in TypeScript', 'ts\n\uFEFFlet a = 1', null],
    ['newline-delimited JSON', 'json\n{"a": 1}\n{"a": 2}\n', 'newline-delimited JSON'],
    ['newline-delimited JSON, named so', 'ndjson\n{"a": 1}\n{"a": 2}', 'newline-delimited JSON'],
    ['accessors of TypeScript', 'ts\nclass A {\n  accessor x = 1\n  @logged static accessor #y: number = 2\n}', null],
  ])('are no errors: %s', async (_, block, note) => {
    const [language = '', ...code] = block.split('\n')
    const { lint } = await run(language, code.join('\n'))
    expect(lint).toEqual({
      passed: true,
      error_count: 0,
      warning_count: 0,
      errors: note === null ? [] : [`note: line 1: ${language}: ${note}`],
    })
  })

  it.each([
    [
      'comments in JSON that must have none',
      '{"name": "a", // mine\n "version": "1.0.0"}',
      'expected a property name in double quotes',
    ],
    ['a line that is none among lines of JSON', '{"a": 1}\n{"a": tru}', 'nothing may follow'],
    ['tsconfig with a comment, and broken', '{"compilerOptions": {"strict": tru} // yes\n}', 'expected a value'],
  ])('stay errors: %s', async (_, code, message) => {
    const { lint } = await run('json', code)
    expect(lint).toMatchObject({ passed: false, error_count: 1 })
    expect(lint.errors[0]).toContain(message)
  })

  it('of 180 KB are read in 50 ms of work', () => {
    for (const piece of ['/*', '/* *', '//', '",', ', ', ',\n', '{{', '{%', '"\\']) {
      const code = `{"compilerOptions": ${piece.repeat(60_000)}`
      const before = process.threadCpuUsage()
      readJson({ language: 'json', code, line: 1, closed: true })
      const { user, system } = process.threadCpuUsage(before)
      expect((user + system) / 1_000).toBeLessThan(50)
    }
  })
})

describe('part of a document', () => {
  const PATCH = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3}'

  it.each([
    ['a comment says so', `# overlays/prod/replicas-patch.yaml\n${PATCH}`],
    [
      'it has directives',
      `${PATCH.replace('{replicas: 3}', '{template: {spec: {containers: [{name: a, $patch: delete}]}}}')}`,
    ],
  ])('is judged as a patch of kustomize where %s', async (_, code) => {
    const { dryrun } = await run('yaml', code)
    expect(dryrun).toMatchObject({
      passed: true,
      output: expect.stringContaining('a patch: its fields are valid, the whole is not known'),
      message: '1 Kubernetes manifest: none is invalid; 1 judged in part only (templates, patches and excerpts)',
    })
  })

  it('is refused as a patch when a field is wrong, and as a manifest when nothing says that it is one', async () => {
    const wrong = await run('yaml', `# patch\n${PATCH.replace('3', 'three')}`)
    expect(wrong.dryrun).toMatchObject({
      passed: false,
      output: expect.stringContaining('spec.replicas: must be integer'),
    })
    expect((await run('yaml', PATCH)).dryrun).toMatchObject({ passed: false })
  })

  it.each([
    ['an excerpt of OpenAPI', { type: 'object', properties: { a: { $ref: '#/components/schemas/A' } } }],
    ['an excerpt of a schema', { type: 'object', properties: { a: { $ref: '#/definitions/A' } } }],
  ])('is judged as a schema only: %s', async (_, schema) => {
    const { dryrun } = await run('json', JSON.stringify(schema))
    expect(dryrun).toMatchObject({
      passed: true,
      output: expect.stringContaining('is not in it; schema only'),
      message: '1 JSON Schema: none is invalid; 1 judged in part only (templates, patches and excerpts)',
    })
  })

  it('is refused where what is there is wrong', async () => {
    const schema = { type: 'object', properties: { a: { $ref: '#/components/schemas/A' }, b: { type: 'strng' } } }
    expect((await run('json', JSON.stringify(schema))).dryrun).toMatchObject({ passed: false })
  })
})
