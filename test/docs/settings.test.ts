import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { readConfig } from '#lib/config'
import { collect, schemaOf, workerSettings } from '#scripts/settings/collect'
import { GROUPS } from '#scripts/settings/meanings'
import { settingsPage } from '#scripts/settings/page'

const variables = collect()
const described = GROUPS.flatMap(({ meanings }) => Object.entries(meanings))
const names = described.map(([name]) => name)

/** The worker's variables stand on its own page, too. */
const OWN_TABLES = ['docs/settings.md', 'docs/worker.md']
/** These mean the safe thing on AWS and the useful thing on a laptop. */
const DIFFERENT_ON_AWS = ['ALLOW_OFFLINE_AGENTS', 'COXSWAIN_TABLE', 'STAND_INS']
/** Their names look like a secret's, and they hold none: the name of an object in the cluster, a path, a number. */
const NO_SECRETS = ['CRONJOB_PULL_SECRET', 'GRPC_TLS_KEY', 'LLM_MAX_TOKENS']

describe('docs/settings.md', () => {
  it('describes every variable that a schema or serverless.yml knows, each once, and no other', () => {
    expect(names.toSorted()).toEqual([...variables.keys()].toSorted())
  })

  it('is written from the schemas as they are', () => {
    expect(readFileSync('docs/settings.md', 'utf8')).toBe(settingsPage(GROUPS, variables, workerSettings()))
  })

  it('is the only page with a table of variables', () => {
    const others = globSync('{docs/*.md,docs/decisions/*.md,README.md}').filter((file) => !OWN_TABLES.includes(file))
    expect(others.filter((file) => /^\| variable \|/m.test(readFileSync(file, 'utf8')))).toEqual([])
  })

  it('knows every name that a program hands to readConfig in its own source', () => {
    const sources = globSync('{lib,cli,grpc,functions}/**/*.ts').map((file) => readFileSync(file, 'utf8'))
    const shapes = sources.flatMap((source) => source.match(/readConfig\(\s*\{[^}]*\}/g) ?? [])
    const read = shapes.flatMap((shape) => [...shape.matchAll(/([A-Z][A-Z0-9_]+):/g)].map(([, name]) => String(name)))
    expect(read).not.toEqual([])
    expect(read.filter((name) => !names.includes(name))).toEqual([])
  })
})

describe('the defaults of serverless.yml', () => {
  const handedOn = [...variables].filter(([, { deployed = '' }]) => deployed !== '')

  it('are those of the schemas, where both have one', () => {
    const differing = handedOn.filter(([, variable]) => variable.deployed !== variable.described.fallback)
    expect(differing.map(([name]) => name).toSorted()).toEqual(DIFFERENT_ON_AWS)
  })
})

describe('a variable', () => {
  /** A schema that takes any text has nothing to say about an example or a wrong value. */
  const read = (name: string, text: string) => readConfig({ [name]: schemaOf(name) ?? z.string() }, { [name]: text })

  it.each(described)('%s has a meaning that is a sentence', (_name, { meaning }) => {
    expect(meaning).toMatch(/^[A-Z`].*\.$/s)
  })

  it.each(described.filter(([, { example }]) => example !== undefined))(
    '%s has a right example',
    (name, { example }) => {
      expect(() => read(name, String(example))).not.toThrow()
    },
  )

  it('is marked as a secret when its name says so', () => {
    const looksSecret = described.filter(([name]) => /(TOKENS?|_KEY|SECRET|PASSWORD)$/.test(name))
    const unmarked = looksSecret.filter(([, { secret }]) => secret !== true)
    expect(unmarked.map(([name]) => name).toSorted()).toEqual(NO_SECRETS)
  })

  it.each(described.filter(([, { secret }]) => secret === true))('%s is not quoted when it is wrong', (name) => {
    const complaint = failure(() => read(name, 'hunter2 <'))
    expect(complaint).not.toContain('hunter2')
  })
})

/** The text of the error, empty when there is none. */
function failure(action: () => unknown): string {
  try {
    action()
    return ''
  } catch (error) {
    return String(error)
  }
}
