import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lastLine, reasonIn, reasonOf } from '#sandbox/stack/log-reason'
import { keepCrashed, openLog, rotate } from '#sandbox/stack/logs'

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-logs-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** One run of a part that says `text`. */
function run(log: string, text: string, previousCrashed = false): void {
  const file = openLog(log, previousCrashed)
  writeSync(file, text)
  closeSync(file)
}

describe('the reason why a program ended', () => {
  it.each([
    [
      'a package that is missing',
      `node:internal/modules/package_json_reader:331
  throw new ERR_MODULE_NOT_FOUND(packageName, fileURLToPath(base), null);
        ^

Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'hono' imported from /x/y.ts
    at packageResolve (node:internal/modules/esm/resolve:784:25)
    at #resolve (node:internal/modules/esm/loader:687:17) {
  code: 'ERR_MODULE_NOT_FOUND'
}

Node.js v24.21.0
`,
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'hono' imported from /x/y.ts",
    ],
    [
      'a port that is taken',
      `node:events:505
    throw er; // Unhandled 'error' event
    ^

Error: listen EADDRINUSE: address already in use 127.0.0.1:50055
    at Server.setupListenHandle [as _listen2] (node:net:2328:16)
Emitted 'error' event on Server instance at:
    at emitErrorNT (node:net:2416:8)
    at process.processTicksAndRejections (node:internal/process/task_queues:90:21) {
  code: 'EADDRINUSE',
  errno: -98,
  syscall: 'listen',
  address: '127.0.0.1',
  port: 50055
}

Node.js v24.21.0`,
      'Error: listen EADDRINUSE: address already in use 127.0.0.1:50055',
    ],
    [
      'a configuration that a function refuses',
      `file:///app/[eval1]:1
const {AppError}=await import('/lib/errors.ts'); throw new AppError('invalid')
                                                       ^

AppError: The configuration is wrong. LLM_TEMPERATURE: must be a number from 0 to 2, got "hot"
    at file:///app/[eval1]:1:73 {
  code: 'invalid',
  details: {},
  errors: [ { path: 'X', message: 'y' } ],
  retryAfter: undefined
}

Node.js v24.21.0`,
      'AppError: The configuration is wrong. LLM_TEMPERATURE: must be a number from 0 to 2, got "hot"',
    ],
    [
      'a module that esbuild cannot find',
      `Starting Offline at http://127.0.0.1:8000

✘ [ERROR] Could not resolve "#lib/nowhere"

    functions/health/get.ts:4:23:
      4 │ import { x } from '#lib/nowhere'
        ╵                   ~~~~~~~~~~~~~~

1 error
`,
      '✘ [ERROR] Could not resolve "#lib/nowhere"',
    ],
    [
      'the words of a program of ours',
      '✗ The configuration is wrong. GRPC_PORT: must be a whole number from 0 to 65535, got "abc"\n',
      '✗ The configuration is wrong. GRPC_PORT: must be a whole number from 0 to 65535, got "abc"',
    ],
    [
      'an error of the structured log',
      '{"level":"INFO","message":"started"}\n{"level":"ERROR","message":"the store is away","error":{"name":"Error","message":"connect ECONNREFUSED"}}\n',
      'Error: the store is away: connect ECONNREFUSED',
    ],
    ['no error at all', 'starting\nlistening\n\n', 'listening'],
  ])('is found for %s', (_what, text, reason) => {
    expect(reasonIn(text)).toBe(reason)
  })

  it('is nothing for an empty log, and for one that is not there', () => {
    expect(reasonIn('\n \n')).toBeUndefined()
    expect(reasonOf('/nowhere/at/all.log')).toBeUndefined()
  })

  it('is looked for in the end of a large log alone, and quoted in part when it is long', () => {
    const log = join(aFolder(), 'x.log')
    writeFileSync(log, `Error: of long ago\n${'a line\n'.repeat(20_000)}Error: ${'y'.repeat(5_000)}\n    at z\n`)

    expect(reasonOf(log)).toMatch(/^Error: y{393}…$/)
    expect(lastLine(log)).toBe('at z')
  })
})

describe('the logs of a part', () => {
  it('are kept for its last three runs', () => {
    const log = join(aFolder(), 'grpc.log')
    for (const text of ['first', 'second', 'third', 'fourth']) run(log, text)

    const kept = ['grpc.log', 'grpc.1.log', 'grpc.2.log'].map((name) => readFileSync(join(log, '..', name), 'utf8'))
    expect(kept).toEqual(['fourth', 'third', 'second'])
    expect(readdirSync(join(log, '..'))).toHaveLength(3)
  })

  it('keep that of a run that crashed until the next crash, however often it starts again', () => {
    const log = join(aFolder(), 'functions.log')
    run(log, 'the crash')
    run(log, 'after it', true)
    for (const text of ['well', 'well', 'well']) run(log, text)

    expect(readFileSync(join(log, '..', 'functions.crashed.log'), 'utf8')).toBe('the crash')
  })

  it('keep that of a part that died', () => {
    const log = join(aFolder(), 'functions.log')
    run(log, 'the crash')

    expect(readFileSync(keepCrashed(log), 'utf8')).toBe('the crash')
  })

  it('are rotated by size under a program that holds them open, and take no more than three files', () => {
    const folder = aFolder()
    const log = join(folder, 'functions.log')
    const held = openLog(log, false)
    onTestFinished(() => closeSync(held))
    for (const letter of ['a', 'b', 'c', 'd']) {
      writeSync(held, letter.repeat(101))
      rotate(log, 100)
    }
    writeSync(held, 'e')
    rotate(log, 100)

    const contents = ['functions.log', 'functions.1.log', 'functions.2.log'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    )
    expect(contents).toEqual(['e', 'd'.repeat(101), 'c'.repeat(101)])
    expect(readdirSync(folder)).toHaveLength(3)
  })

  it('that are not there yet are no reason to fail', () => {
    const log = join(aFolder(), 'functions.log')
    rotate(log, 1)
    closeSync(openSync(log, 'a'))
    appendFileSync(log, 'x')
    rotate(log, 1)

    expect(readFileSync(log, 'utf8')).toBe('x')
  })
})
