/** What a stack keeps is for its owner alone: files, also those of an earlier start, and tokens in what it prints and logs. */
import { execFile } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aFolder, aStack, drop, endAll, type RunningStack } from '#test/e2e/support/stack'
import { stranger } from './support.ts'

const dataDir = aFolder()
const elsewhere = aFolder()
/** As a start with a wide umask left them. */
const EARLIER = ['logs/functions.log', 'upstream/old.json', 'dynamodb.db.bak', 'github/repositories/9.git/HEAD']
let stack: RunningStack

beforeAll(async () => {
  chmodSync(dataDir, 0o755)
  for (const name of EARLIER) {
    mkdirSync(join(dataDir, name, '..'), { recursive: true, mode: 0o777 })
    writeFileSync(join(dataDir, name), 'earlier', { mode: 0o666 })
  }
  mkdirSync(join(dataDir, 'github/repositories/9.git/objects'))
  writeFileSync(join(elsewhere, 'shared'), 'of somebody else')
  chmodSync(join(elsewhere, 'shared'), 0o644)
  symlinkSync(join(elsewhere, 'shared'), join(dataDir, 'logs/link'))
  writeFileSync(join(dataDir, 'holiday.jpg'), 'not ours', { mode: 0o644 })
  stack = await aStack({ dataDir, env: { LOG_LEVEL: 'DEBUG' } })
})
afterAll(async () => {
  await endAll()
  drop(dataDir)
  drop(elsewhere)
})

const modeOf = (path: string) => lstatSync(path).mode & 0o777
const open = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((one) => existsSync(one) && (modeOf(one) & 0o077) !== 0)

describe('the data folder', () => {
  it('is closed, and so is every file in it, of this start and of an earlier one', () => {
    expect(modeOf(dataDir)).toBe(0o700)
    const inside = join(dataDir, 'github/repositories/9.git/')
    const left = open(dataDir).filter((path) => !path.startsWith(inside) && !path.endsWith('holiday.jpg'))
    expect(left).toEqual([])
    expect(existsSync(join(dataDir, 'dynamodb.db-wal'))).toBe(true)
    expect(modeOf(join(dataDir, 'github/repositories/9.git'))).toBe(0o700)
  })

  it('closes nothing that is not its own', () => {
    expect(modeOf(join(dataDir, 'holiday.jpg'))).toBe(0o644)
    expect(modeOf(join(elsewhere, 'shared'))).toBe(0o644)
  })
})

describe('a token', () => {
  it('is printed to no file, which gets commands that read it', async () => {
    const { tokens } = stack.dev
    await expect.poll(() => stack.said()).toContain('Ctrl-C')
    for (const token of Object.values(tokens)) expect(stack.said()).not.toContain(token)
    const [command = ''] = /curl .*\/queue$/m.exec(stack.said()) ?? []

    const { stdout } = await promisify(execFile)('sh', ['-c', command])

    expect(JSON.parse(stdout)).toHaveProperty('pending')
  })

  it('is in no log, whatever it was used for and however wrong', async () => {
    const ask = stranger(stack.dev)
    const strangers = 'cxw_0123456789abcdef_a-token-of-somebody-elses-orchestrator-000'
    await ask({ method: 'GET', path: '/queue' }, 'reader')
    await ask({ method: 'POST', path: '/work/complete', body: 'false' }, 'worker')
    await ask({ method: 'POST', path: '/github/poll' }, 'operator')
    await ask({ method: 'GET', path: '/queue', headers: { authorization: `Bearer ${strangers}` } })
    await ask({ method: 'GET', path: '/queue', headers: { authorization: strangers } })
    await ask({ method: 'GET', path: '/nowhere', headers: { authorization: `Bearer ${strangers}` } })

    const secrets = [strangers, ...Object.values(stack.dev.tokens), ...Object.values(stack.dev.stand_in_tokens)]
    const logs = readdirSync(join(dataDir, 'logs')).filter((name) => name.endsWith('.log'))
    expect(logs).toEqual(expect.arrayContaining(['functions.log', 'grpc.log']))
    for (const name of logs) {
      const text = readFileSync(join(dataDir, 'logs', name), 'utf8')
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([])
    }
  })
})
