import { once } from 'node:events'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type DevFile, writeDevFile } from '#sandbox/stack/dev-file'
import { takeFolder } from '#sandbox/stack/lock'
import { identify } from '#sandbox/stack/processes'
import { dataDirOf, findRunning, whoAnswersAt } from '#sandbox/stack/running'
import { aDevFile, LONG_GONE } from '#test/helpers/dev-file'

const WRITTEN = new Date('2026-01-05T08:00:00Z')

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-running-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function aFolderWith(over: Partial<DevFile>): string {
  const folder = aFolder()
  writeDevFile(folder, aDevFile(over))
  utimesSync(join(folder, 'dev.json'), WRITTEN, WRITTEN)
  return folder
}

/** What `findRunning` says of a folder at whose address this answers. */
async function refusalOf(folder: string, answering: 'coxswain' | 'other' | 'nothing'): Promise<string> {
  const error = await findRunning(folder, async () => answering).then(
    () => new Error('It was found.'),
    (reason: Error) => reason,
  )
  return error.message
}

describe('the stack that runs on this machine', () => {
  it('is the one whose process wrote dev.json and runs', async () => {
    const folder = aFolderWith({ owner: identify(process.pid) })
    const never = () => Promise.reject(new Error('The running owner has its port: nothing is to be asked.'))

    expect(await findRunning(folder, never)).toMatchObject({ dataDir: folder, dev: { url: 'http://127.0.0.1:9' } })
  })

  it('is found by its answer where an older start did not write its process', async () => {
    const folder = aFolderWith({})

    expect(await findRunning(folder, async () => 'coxswain')).toMatchObject({ dev: { grpc: '127.0.0.1:10' } })
  })
})

describe('a dev.json without its stack', () => {
  it('is not there before the first start', async () => {
    const folder = aFolder()

    expect(await refusalOf(folder, 'nothing')).toBe(
      `No Coxswain runs here: there is no ${folder}/dev.json. Run "npm start" in another terminal, or set COXSWAIN_DATA_DIR to the folder of the one that runs.`,
    )
  })

  it.each([
    ['nothing', 'Run "npm start" in another terminal.'],
    [
      'other',
      'Another program answers there. Run "npm start" in another terminal; ORCHESTRATOR_PORT chooses its port.',
    ],
    [
      'coxswain',
      'Another Coxswain answers there: set COXSWAIN_DATA_DIR to its folder, or run "npm start" for this one.',
    ],
  ] as const)('is told from a live one when its process ended and %s answers at its address', async (who, advice) => {
    const folder = aFolderWith({ owner: LONG_GONE })

    expect(await refusalOf(folder, who)).toBe(
      `No Coxswain of ${folder} answers at http://127.0.0.1:9: ${folder}/dev.json is of 2026-01-05T08:00:00.000Z, and the start that wrote it has ended. ${advice}`,
    )
  })

  it('of an older version is judged by what answers', async () => {
    expect(await refusalOf(aFolderWith({}), 'other')).toMatch(/answers at .*Another program answers there/)
  })

  it('is of the start before while a stack starts', async () => {
    const folder = aFolderWith({ owner: LONG_GONE })
    const lock = await takeFolder(folder)

    expect(await refusalOf(folder, 'nothing')).toBe(
      `A Coxswain (process ${process.pid}) is starting in ${folder}. Wait until it says "coxswain ready".`,
    )
    lock.release()
  })

  it('that is no JSON of a stack is said to be unreadable', async () => {
    const folder = aFolder()
    writeFileSync(join(folder, 'dev.json'), '{"url": 7}')

    expect(await refusalOf(folder, 'nothing')).toMatch(/dev\.json cannot be read .* Run "npm start"/)
  })
})

describe('what answers at an address', () => {
  async function aServer(body: string): Promise<string> {
    const server = createServer((_request, response) => response.end(body)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it.each([
    ['a Coxswain', '{"status":"healthy","service":"coxswain"}', 'coxswain'],
    ['another service', '{"status":"ok"}', 'other'],
    ['a web page', '<html>', 'other'],
  ])('is known by its health: %s', async (_name, body, who) => {
    expect(await whoAnswersAt(await aServer(body))).toBe(who)
  })

  it('is nothing where nothing listens', async () => {
    expect(await whoAnswersAt('http://127.0.0.1:2')).toBe('nothing')
  })
})

describe('the data folder', () => {
  it('is .local unless COXSWAIN_DATA_DIR names another, as for npm start', () => {
    expect(dataDirOf({})).toBe(join(process.cwd(), '.local'))
    expect(dataDirOf({ COXSWAIN_DATA_DIR: '' })).toBe(join(process.cwd(), '.local'))
    expect(dataDirOf({ COXSWAIN_DATA_DIR: '/data' })).toBe('/data')
  })
})
