/** The import rules fire: a small tree that breaks each of them once, judged by the project's own configuration. */
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'

const project = fileURLToPath(new URL('../../', import.meta.url))

/** Who breaks which rule by importing what. */
const OFFENCES = [
  { rule: 'no-cycles', from: 'lib/queue/left.ts', imports: './right.ts' },
  { rule: 'domain-imports-no-adapter', from: 'lib/queue/a.ts', imports: '#lib/store/target' },
  { rule: 'domain-imports-no-adapter', from: 'lib/queue/b.ts', imports: '@octokit/rest' },
  { rule: 'domain-imports-no-other-domain', from: 'lib/queue/c.ts', imports: '#lib/projects/target' },
  { rule: 'only-wiring-imports-wiring', from: 'lib/http/d.ts', imports: '#lib/store/wiring' },
  { rule: 'sdk-of-dynamodb-in-store-only', from: 'functions/e.ts', imports: '@aws-sdk/client-dynamodb' },
  { rule: 'octokit-in-github-only', from: 'lib/http/f.ts', imports: '@octokit/rest' },
  { rule: 'ssh-in-hosts-only', from: 'lib/http/l.ts', imports: 'ssh2' },
  { rule: 'lib-imports-only-lib', from: 'lib/http/g.ts', imports: '#worker/target' },
  { rule: 'functions-do-not-import-each-other', from: 'functions/h.ts', imports: '#functions/target' },
  { rule: 'cron-stands-alone', from: 'lib/cron/n.ts', imports: '#lib/store/target' },
  { rule: 'worker-stands-alone', from: 'worker/i.ts', imports: '#lib/store/target' },
  { rule: 'no-test-in-production', from: 'sandbox/j.ts', imports: '#test/target' },
  { rule: 'resolvable', from: 'lib/http/k.ts', imports: '#lib/nowhere' },
] as const

/** What the rules let through. */
const ALLOWED = [
  { from: 'lib/queue/wiring.ts', imports: '#lib/store/target' },
  { from: 'lib/store/l.ts', imports: '@aws-sdk/client-dynamodb' },
  { from: 'lib/github/m.ts', imports: '@octokit/rest' },
  { from: 'functions/n.ts', imports: 'aws-lambda' },
  { from: 'worker/o.ts', imports: '#lib/errors' },
  { from: 'sandbox/p.ts', imports: '#lib/store/target' },
] as const

const TARGETS = [
  'lib/store/target.ts',
  'lib/store/wiring.ts',
  'lib/projects/target.ts',
  'lib/errors.ts',
  'functions/target.ts',
  'worker/target.ts',
  'test/target.ts',
]

const configuration = z.object({ default: z.object({ forbidden: z.array(z.object({ name: z.string() })) }) })

const report = z.object({
  summary: z.object({ violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })) }),
})

let tree: string
let found: readonly { readonly rule: string; readonly from: string }[]

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'coxswain-imports-'))
  await copyFile(join(project, 'package.json'), join(tree, 'package.json'))
  await symlink(join(project, 'node_modules'), join(tree, 'node_modules'))
  for (const file of TARGETS) await put(file, 'export const target = 1\n')
  for (const { from, imports } of [...OFFENCES, ...ALLOWED]) await put(from, importing(imports))
  await put('lib/queue/right.ts', importing('./left.ts'))
  found = await cruise()
})

afterAll(() => rm(tree, { recursive: true, force: true }))

async function put(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(tree, file)), { recursive: true })
  await writeFile(join(tree, file), text)
}

/** Types alone are an import, too: what a module knows of counts, not what runs. */
const importing = (path: string) => `import type * as it from '${path}'\nexport type It = typeof it\n`

function cruise() {
  const cli = join(project, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs')
  const args = [
    '--config',
    join(project, '.dependency-cruiser.mjs'),
    '--output-type',
    'json',
    'lib',
    'functions',
    'worker',
    'sandbox',
  ]
  return new Promise<typeof found>((resolve, reject) => {
    execFile(process.execPath, [cli, ...args], { cwd: tree, maxBuffer: 2 ** 25 }, (_error, stdout, stderr) => {
      if (!stdout.startsWith('{')) return reject(new Error(`dependency-cruiser did not run: ${stderr}${stdout}`))
      const { summary } = report.parse(JSON.parse(stdout))
      resolve(summary.violations.map(({ from, rule }) => ({ from, rule: rule.name })))
    })
  })
}

describe('the import rules', () => {
  it.each(OFFENCES)('$rule: $from may not import $imports', ({ rule, from }) => {
    expect(found).toContainEqual({ rule, from })
  })

  it.each(ALLOWED)('$from may import $imports', ({ from }) => {
    expect(found.filter((one) => one.from === from)).toEqual([])
  })

  it('are all tried here', async () => {
    const rules = configuration.parse(await import(join(project, '.dependency-cruiser.mjs'))).default.forbidden
    const tried = new Set<string>(OFFENCES.map(({ rule }) => rule))
    expect(rules.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([])
  })
})
