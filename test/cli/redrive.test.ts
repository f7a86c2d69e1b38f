import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '#lib/clock'
import { type DeadLetter, type DeadLetterStore, letterId, SCHEDULES } from '#lib/events/dead-letters'
import { systemIds } from '#lib/ids'
import { createDeadLetterStore } from '#lib/store/events/dead-letters'
import { createLedger } from '#lib/store/ledger'
import { createParkingStore } from '#lib/store/parked'
import { anOwedWrite } from '#test/contracts/write-ledger'
import { aTable, type LocalTable } from '#test/helpers/dynamodb'

const PROGRAM = fileURLToPath(new URL('../../cli/coxswain.ts', import.meta.url))

let local: LocalTable
let letters: DeadLetterStore

beforeAll(async () => {
  local = await aTable()
  letters = createDeadLetterStore(local.table)
})

/** Runs `coxswain redrive …` as an operator would. */
function redrive(...args: readonly string[]) {
  return redriveAt(local.endpoint, ...args)
}

function redriveAt(endpoint: string, ...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const env = { PATH: process.env['PATH'] ?? '', COXSWAIN_TABLE: local.name, DYNAMODB_ENDPOINT: endpoint }
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, 'redrive', ...args], { env }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err })
    })
  })
}

const aLetter = (over: Partial<DeadLetter> = {}): DeadLetter => ({
  id: letterId('events-relay', 'record-1'),
  reader: 'events-relay',
  entity: 'JOBS#acme/shop#0000000007',
  sequence: '100',
  state: 'dead',
  error: 'internal: cannot be read',
  attempts: 1,
  at: Date.parse('2026-01-05T08:00:00Z'),
  ...over,
})

describe('coxswain redrive', () => {
  it('says that nothing was set aside when nothing was', async () => {
    expect(await redrive('list')).toMatchObject({ code: 0, out: 'Nothing was set aside.\n' })
    expect(await redrive('run', 'records', '--all')).toMatchObject({ code: 0, out: 'Nothing was set aside.\n' })
  })

  it('lists and shows a record with its content, and asks its reader to repeat it', async () => {
    const letter = aLetter()
    await letters.put(letter, { eventName: 'MODIFY', dynamodb: { SequenceNumber: '100' } })

    const listed = await redrive('list', 'records')
    expect(listed.out).toMatch(/^KIND .*\nrecords +events-relay:record-1 +dead +2026-01-05T08:00:00.000Z +JOBS#acme/)
    const shown = await redrive('show', 'records', letter.id)
    expect(JSON.parse(shown.out)).toMatchObject({ id: letter.id, content: { dynamodb: { SequenceNumber: '100' } } })

    expect(await redrive('run', 'records', letter.id)).toMatchObject({
      code: 0,
      out: expect.stringContaining('events-relay is asked to handle it again'),
    })
    expect(await letters.find(letter.id)).toMatchObject({ state: 'due' })
  })

  it('drops a record that shall never be repeated', async () => {
    const letter = aLetter({ id: letterId('events-count', 'record-2'), reader: 'events-count' })
    await letters.put(letter, {})

    expect(await redrive('drop', 'records', letter.id)).toMatchObject({ code: 0 })

    expect(await letters.find(letter.id)).toBeUndefined()
    expect(await redrive('drop', 'records', letter.id)).toMatchObject({ code: 1, err: expect.stringContaining('list') })
  })

  it('asks whether the stack runs when the store does not answer', async () => {
    expect(await redriveAt('http://127.0.0.1:1', 'list')).toMatchObject({
      code: 1,
      err: expect.stringContaining('Is "npm start" running'),
    })
  })

  it('leaves a dead letter alone that is named with the wrong kind', async () => {
    const record = aLetter({ id: letterId('events-relay', 'record-3') })
    const run = aLetter({ id: letterId(SCHEDULES, 'run-1'), reader: SCHEDULES, entity: 'githubPoll' })
    await Promise.all([letters.put(record, {}), letters.put(run, {})])

    expect(await redrive('run', 'schedules', record.id)).toMatchObject({ code: 1 })
    expect(await redrive('run', 'records', run.id)).toMatchObject({ code: 1 })

    expect(await letters.find(record.id)).toMatchObject({ state: 'dead' })
    expect(await letters.find(run.id)).toMatchObject({ state: 'dead' })
    expect(await redrive('run', 'schedules', run.id)).toMatchObject({ code: 0 })
  })

  it('lists each on one line, whatever its error says', async () => {
    const letter = aLetter({ id: letterId('events-relay', 'record-4'), error: 'internal: ZodError: [\n  {\r\n  "x"' })
    await letters.put(letter, {})

    expect((await redrive('list', 'records')).out).toMatch(
      /^records +events-relay:record-4 .*internal: ZodError: \[ \{ "x"$/m,
    )
  })

  it('puts an event that a sink refused back into its line', async () => {
    const parking = createParkingStore(local.table, systemIds)
    const entity = { kind: 'project', id: 'P1' }
    const event = {
      ...{ event_id: 'project:P1:1', event_type: 'SPRINT_CREATED', correlation_id: 'c', entity, seq: 1 },
      timestamp: '2026-01-05T08:00:00.000Z',
    }
    await parking.bury('redis', event, 'invalid: refused', systemClock.now())

    expect((await redrive('list', 'events')).out).toContain('redis:project:P1:1')
    expect(await redrive('run', 'events', '--all')).toMatchObject({ code: 0 })

    expect(await parking.dead('redis', 10)).toEqual([])
    expect(await parking.line('redis', entity)).toBeDefined()
  })

  it('owes a comment to GitHub again that was refused too often, or drops it', async () => {
    const ledger = createLedger(local.table, systemClock)
    for (const number of [1, 2]) {
      const trouble = { refusals: 6, failures: 0, not_before: 0, error: 'issue is locked', since: 0 }
      const write = anOwedWrite({ number, comments: [{ marker: 'completed:1', text: 'Done.' }], trouble })
      await ledger.setAside(write, { ...write, labels_shown: true })
    }

    expect((await redrive('list', 'debts')).out).toMatch(
      /debts +acme\/shop#1 +dead .* comment completed:1 +issue is locked/,
    )
    expect(JSON.parse((await redrive('show', 'debts', 'acme/shop#1')).out)).toMatchObject({ trouble: { refusals: 6 } })
    expect(await redrive('run', 'debts', 'acme/shop#1')).toMatchObject({ code: 0 })
    expect(await redrive('drop', 'debts', 'acme/shop#2')).toMatchObject({ code: 0 })

    expect(await ledger.owed(10)).toMatchObject([{ number: 1, labels_shown: true, begun: true }])
    expect(await ledger.refused(10)).toEqual([])
    expect(await redrive('run', 'debts', 'acme/shop#2')).toMatchObject({ code: 1 })
    expect(await redrive('drop', 'debts', 'no issue')).toMatchObject({ code: 1 })
  })

  it.each([
    [[], 'Say what to do: "redrive list", "redrive show", "redrive run", "redrive drop".'],
    [['lst'], 'There is no command "redrive lst". Did you mean "redrive list"?'],
    [['list', 'record'], 'Did you mean "records"?'],
    [['again'], 'There is no command "redrive again".'],
    [['list', 'unicorns'], 'There is no kind "unicorns"; there are records, events, schedules'],
    [['run', 'records'], 'Name a kind and an id'],
    [['run', '--all'], 'takes one kind'],
  ])('explains %j', async (args, message) => {
    const { code, err } = await redrive(...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})
