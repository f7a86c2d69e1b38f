/** The fenced blocks of offline proposals: complete enough to be parsed, validated and dry-run. */

/** One line of untrusted text, safe within Markdown and within the comments and strings of every block below. */
export function oneLine(text: string, most: number): string {
  return text
    .toWellFormed()
    .replace(/[\p{C}\s]+/gu, ' ')
    .replace(/[`*/\\"'<>${}[\]#|]/g, '')
    .trim()
    .slice(0, most)
    .trim()
}

/** Words of a task as a name of Kubernetes and of files: `[a-z]` and dashes, never empty. */
export function slugOf(text: string): string {
  const words =
    text
      .normalize('NFKD')
      .toLowerCase()
      .match(/[a-z]{2,20}/g) ?? []
  return (
    words
      .slice(0, 4)
      .join('-')
      .slice(0, 40)
      .replace(/(?<!-)-+$/, '') || 'task'
  )
}

const pascal = (slug: string): string =>
  slug
    .split('-')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('')

export function typescriptOf(slug: string): string {
  const name = pascal(slug)
  return block('typescript', [
    `export interface ${name}Input {`,
    '  readonly id: string',
    '}',
    '',
    `export type ${name}Outcome = { readonly kind: 'done'; readonly id: string } | { readonly kind: 'invalid'; readonly reason: string }`,
    '',
    '/** Decides by plain values; whoever calls it does what was decided. */',
    `export function decide${name}(input: ${name}Input): ${name}Outcome {`,
    "  if (input.id.trim() === '') return { kind: 'invalid', reason: 'id is empty' }",
    "  return { kind: 'done', id: input.id }",
    '}',
  ])
}

export function testOf(slug: string): string {
  const name = pascal(slug)
  return block('typescript', [
    "import assert from 'node:assert/strict'",
    "import { test } from 'node:test'",
    `import { decide${name} } from './${slug}.ts'`,
    '',
    "test('refuses an empty id', () => {",
    `  assert.equal(decide${name}({ id: ' ' }).kind, 'invalid')`,
    '})',
    '',
    "test('does it once for a valid id', () => {",
    `  assert.deepEqual(decide${name}({ id: 'a-1' }), { kind: 'done', id: 'a-1' })`,
    '})',
  ])
}

export function jsonSchemaOf(slug: string): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: pascal(slug),
    type: 'object',
    additionalProperties: false,
    required: ['id', 'state'],
    properties: {
      id: { type: 'string', minLength: 1, maxLength: 100 },
      state: { enum: ['pending', 'done', 'invalid'] },
      created_at: { type: 'string' },
    },
  }
  return block('json', [JSON.stringify(schema, null, 2)])
}

export function manifestOf(slug: string): string {
  return block('yaml', [
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    `  name: ${slug}`,
    'spec:',
    '  replicas: 2',
    '  selector:',
    '    matchLabels:',
    `      app: ${slug}`,
    '  template:',
    '    metadata:',
    '      labels:',
    `        app: ${slug}`,
    '    spec:',
    '      automountServiceAccountToken: false',
    '      securityContext:',
    '        runAsNonRoot: true',
    '      containers:',
    `        - name: ${slug}`,
    `          image: registry.example.com/${slug}:1.0.0`,
    '          resources:',
    '            requests:',
    '              cpu: 100m',
    '              memory: 128Mi',
    '            limits:',
    '              memory: 256Mi',
    '          securityContext:',
    '            allowPrivilegeEscalation: false',
    '            readOnlyRootFilesystem: true',
  ])
}

function block(language: string, lines: readonly string[]): string {
  return ['```', language, '\n', lines.join('\n'), '\n```'].join('')
}
