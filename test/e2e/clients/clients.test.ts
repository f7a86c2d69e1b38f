/** Clients generated from docs/openapi.json by other people's generators, and used on a running stack. */
import { cpSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aFolder, aStack, drop, endAll, type RunningStack } from '../support/stack.ts'
import { aPython, DESCRIPTION, freshFolder, printed } from './support.ts'

const STARTING_MS = 120_000
/** A generator and a compiler on a busy machine. */
const PATIENCE = { timeout: 300_000 }
const sources = (language: string) => fileURLToPath(new URL(`${language}/`, import.meta.url))
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc')

const dataDir = aFolder()
const folders: string[] = []
let stack: RunningStack
/** What the programs get: the address, two tokens, and where pull requests are. */
let told: readonly string[]

const python = await aPython()
const bin = 'bin' in python ? python.bin : ''
const absent = 'missing' in python ? ` (skipped: ${python.missing})` : ''

beforeAll(async () => {
  stack = await aStack({ dataDir })
  const { url, tokens, stand_ins } = stack.dev
  told = [url, tokens.worker ?? '', tokens.operator ?? '', stand_ins['github'] ?? '']
}, STARTING_MS)

afterAll(async () => {
  await endAll()
  for (const folder of [dataDir, ...folders]) drop(folder)
})

describe('a TypeScript client', PATIENCE, () => {
  it('compiles under strict rules without a cast, and does a worker’s and an operator’s work', async () => {
    const folder = freshFolder('typescript')
    folders.push(folder)
    cpSync(sources('typescript'), folder, { recursive: true })
    writeFileSync(`${folder}/package.json`, '{ "type": "module" }')
    writeFileSync(`${folder}/api.ts`, astToString(await openapiTS(new URL(`file://${DESCRIPTION}`))))

    await printed(process.execPath, [TSC, '-p', folder], folder)
    const said = JSON.parse(await printed(process.execPath, ['use.js', ...told], folder))

    expect(said).toMatchObject({
      branch: `ai-feature/issue-${said.issue_number}`,
      token: 1,
      listed: ['typed-client'],
      completed: 'acknowledged',
      planned: [],
      state: 'PHASE_1',
      refused: 'lease_lost',
    })
    expect(Date.parse(said.renewed)).toBeGreaterThan(0)
  })
})

describe.skipIf(absent !== '')(`a Python client${absent}`, PATIENCE, () => {
  const folder = freshFolder('python')

  beforeAll(async () => {
    folders.push(folder)
    cpSync(sources('python'), folder, { recursive: true })
    const generate = ['generate', '--path', DESCRIPTION, '--output-path', 'coxswain_client', '--meta', 'none']
    // It formats what it made with ruff, which stands beside it.
    const env = { PATH: `${bin}:${process.env['PATH']}` }
    const said = await printed(`${bin}/openapi-python-client`, generate, folder, env)
    expect(said).not.toMatch(/warning|unable/i)
  }, STARTING_MS)

  it('imports every module, and reads every example of the description as what it is', async () => {
    const said = JSON.parse(await printed(`${bin}/python`, ['examples.py', DESCRIPTION], folder))
    expect(said.faults).toEqual([])
    expect(said.modules).toBeGreaterThan(200)
    expect(said.examples).toBeGreaterThan(60)
  })

  it('takes work, prolongs its lease, completes it, and lists the queue', async () => {
    expect(JSON.parse(await printed(`${bin}/python`, ['use.py', ...told], folder))).toMatchObject({
      listed: ['python-client'],
      completed: 'acknowledged',
      refused: 'lease_lost',
    })
  })
})

describe.skipIf(absent !== '')(`the description, judged by openapi-spec-validator${absent}`, PATIENCE, () => {
  it('has no error', async () => {
    expect(await printed(`${bin}/openapi-spec-validator`, [DESCRIPTION], sources('python'))).toContain('OK')
  })
})
