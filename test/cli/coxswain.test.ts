import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTokens, type Tokens } from '#lib/auth/service'
import { systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createTokenStore } from '#lib/store/tokens'
import { writeDevFile } from '#sandbox/stack/dev-file'
import { identify } from '#sandbox/stack/processes'
import { aDevFile, LONG_GONE } from '#test/helpers/dev-file'
import { aTable, type LocalTable } from '#test/helpers/dynamodb'

const PROGRAM = fileURLToPath(new URL('../../cli/coxswain.ts', import.meta.url))

interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

let local: LocalTable
let tokens: Tokens
let folder: string

beforeAll(async () => {
  local = await aTable()
  tokens = createTokens({ store: createTokenStore(local.table), clock: systemClock, ids: systemIds })
  folder = await mkdtemp(join(tmpdir(), 'coxswain-cli-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs the program as a user would, with this much of an environment. */
function coxswain(args: readonly string[], env: Record<string, string> = onTheTable()): Promise<Outcome> {
  const options = { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...env } }
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err })
    })
  })
}

const onTheEngine = () => ({ endpoint: local.endpoint, table: local.name, access_key_id: '' })
const onTheTable = () => ({ COXSWAIN_TABLE: local.name, DYNAMODB_ENDPOINT: local.endpoint })

describe('coxswain token', () => {
  it('creates a token that works, lists it without its secret, and revokes it', async () => {
    const created = await coxswain(['token', 'create', '--scope', 'worker', '--owner', 'w1', '--expires', '30d'])
    const [token = ''] = created.out.split('\n')
    const verdict = await tokens.authenticate(token)
    expect(created.code).toBe(0)
    expect(verdict).toMatchObject({ kind: 'known', owner: 'w1', scopes: ['worker'] })
    const id = verdict.kind === 'known' ? verdict.id : ''

    const listed = await coxswain(['token', 'list'])
    expect(listed.out).toMatch(new RegExp(`^ID .*\\n${id}  worker  w1 .* valid until `))
    expect(listed.out).not.toContain(token.slice(-20))

    const revoked = await coxswain(['token', 'revoke', id])
    expect(revoked).toMatchObject({ code: 0, out: expect.stringContaining('revoked') })
    expect(await tokens.authenticate(token)).toMatchObject({ problem: 'revoked' })
  })

  it('finds the store of a running development stack', async () => {
    writeDevFile(folder, aDevFile({ owner: identify(process.pid), dynamodb: onTheEngine() }))
    const { code, out } = await coxswain(['token', 'create', '--scope', 'reader,operator', '--owner', 'ann'], {
      COXSWAIN_DATA_DIR: folder,
    })
    expect(code).toBe(0)
    expect(await tokens.authenticate(out.split('\n')[0] ?? '')).toMatchObject({ scopes: ['reader', 'operator'] })
  })

  it('says of a stack that has ended where it was, when it was started and what to do', async () => {
    writeDevFile(folder, aDevFile({ owner: LONG_GONE, dynamodb: onTheEngine() }))
    const { code, err } = await coxswain(['token', 'list'], { COXSWAIN_DATA_DIR: folder })
    expect(code).toBe(1)
    expect(err).toMatch(
      /^coxswain: No Coxswain of .* answers at http:\/\/127\.0\.0\.1:9: .*dev\.json is of 20\d\d-.* has ended\. Run "npm start"/,
    )
  })

  it.each([
    [[], /Say what to do/],
    [['frobnicate'], /no command "frobnicate"/],
    [['token'], /Say what to do: "token create", "token list", "token revoke"\./],
    [['tokne', 'list'], /no command "tokne"\. Did you mean "token"\?/],
    [['token', 'lsit'], /no command "token lsit"\. Did you mean "token list"\?/],
    [['token', 'create', '--scpoe', 'worker'], /no option "--scpoe"\. Did you mean "--scope"\?/],
    [['token', 'melt'], /no command "token melt"/],
    [['token', 'create'], /--scope takes/],
    [['token', 'create', '--scope', 'admin', '--owner', 'x'], /--scope takes/],
    [['token', 'create', '--scope', 'reader,admin', '--owner', 'x'], /--scope takes/],
    [['token', 'create', '--scope', 'worker'], /--owner is missing/],
    [['token', 'create', '--scope', 'worker', '--owner', 'a b'], /--owner takes/],
    [['token', 'create', '--scope', 'worker', '--owner', 'w1', '--expires', '0d'], /--expires takes/],
    [['token', 'create', '--scope', 'worker', '--owner', 'w1', '--colour', 'red'], /--colour/],
    [['token', 'list', 'all'], /all/],
    [['token', 'revoke'], /by its id/],
  ])('answers %j with the usage and exit code 2', async (args, complaint) => {
    const { code, out, err } = await coxswain(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(complaint)
    expect(err).toContain('Usage:')
  })

  it('shows a mistake of one word in a few lines, and all commands when no word is given', async () => {
    const { err } = await coxswain(['stats'])
    expect(err.trimEnd().split('\n')).toEqual([
      'coxswain: There is no command "stats". Did you mean "status"?',
      '',
      'Usage: coxswain <command> [options]',
      'All commands: coxswain help',
    ])
    expect((await coxswain([])).err).toContain('Lists the issues of the queue')
  })

  it('helps when asked', async () => {
    expect(await coxswain(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Usage:'), err: '' })
  })

  it.each([
    ['an unknown token', ['token', 'revoke', 'nobody'], () => onTheTable(), /no token nobody/],
    [
      'no store',
      ['token', 'list'],
      () => ({ COXSWAIN_DATA_DIR: join(folder, 'none') }),
      /No Coxswain runs here: .* Run "npm start" .* COXSWAIN_TABLE/,
    ],
    ['half a store', ['token', 'list'], () => ({ DYNAMODB_ENDPOINT: local.endpoint }), /COXSWAIN_TABLE: is not set/],
  ])('fails on %s with one clear line and exit code 1', async (_name, args, env, complaint) => {
    const { code, err } = await coxswain(args, env())
    expect(code).toBe(1)
    expect(err).toMatch(complaint)
    expect(err.trim().split('\n')).toHaveLength(1)
  })
})
