/** `coxswain redrive …`: lists, shows, repeats and drops what was set aside for good, kind by kind. */
import { systemClock } from '#lib/clock'
import { AppError } from '#lib/errors'
import { systemIds } from '#lib/ids'
import { createDeadLetterStore } from '#lib/store/events/dead-letters'
import { createLedger } from '#lib/store/ledger'
import { createParkingStore } from '#lib/store/parked'
import type { Table } from '#lib/store/table'
import type { Context, Given, Result } from '../line/command.ts'
import { orNearest } from '../line/nearest.ts'
import { UsageError } from '../line/usage.ts'
import { cut, jsonLines, printable } from '../show/printable.ts'
import { aligned } from '../show/table.ts'
import { type DeadLetterKind, eventLetters, recordLetters, scheduleLetters } from './dead-letters.ts'
import { debtLetters } from './debts.ts'
import { onStore } from './store.ts'

type Kinds = Readonly<Record<string, DeadLetterKind>>

/** Said when a command on one letter names none. */
const KIND_AND_ID = 'Name a kind and an id, as "redrive list" shows them.'

/** Letters listed, and repeated by one `--all`. */
const AT_ONCE = 1_000
/** Errors are cut in the list; `show` has them whole. */
const ERROR_CHARACTERS = 120

/** What was set aside, by the word that names its kind. */
function kindsOf(table: Table): Kinds {
  const letters = createDeadLetterStore(table)
  return {
    records: recordLetters(letters, systemClock),
    events: eventLetters(createParkingStore(table, systemIds), systemClock),
    schedules: scheduleLetters(letters),
    debts: debtLetters(createLedger(table, systemClock)),
  }
}

export const listLetters = onStore(async ({ args: [only] }, _context, table) => {
  const kinds = kindsOf(table)
  const wanted = only === undefined ? Object.entries(kinds) : [[only, kindOf(kinds, only)] as const]
  const found = await Promise.all(wanted.map(async ([name, kind]) => ({ name, ...(await kind.list(AT_ONCE)) })))
  const rows = found.flatMap(({ name, rows: some }) =>
    some.map(({ id, state, since, about, error }) => [name, id, state, since, about, shortened(error)].map(printable)),
  )
  if (rows.length === 0) return { lines: ['Nothing was set aside.'] }
  const rest = found.some(({ more: some }) => some) ? ['There are more; redrive or drop some of these first.'] : []
  return { lines: [...aligned([['KIND', 'ID', 'STATE', 'SINCE', 'ABOUT', 'ERROR'], ...rows]), ...rest] }
})

export const showLetter = onStore(async (given, _context, table) => {
  const { kind, id } = oneOf(given, table)
  const found = await kind.show(id)
  if (found === undefined) throw gone(id)
  return { lines: jsonLines(found) }
})

export async function runLetters(given: Given, context: Context): Promise<Result> {
  const [name, id] = given.args
  const isAll = given.isSet('all')
  if (isAll && (name === undefined || id !== undefined)) throw new UsageError('redrive run --all takes one kind.')
  if (!isAll && id === undefined) throw new UsageError(KIND_AND_ID)
  return (isAll ? runAll : runOne)(given, context)
}

const runAll = onStore(async ({ args: [name = ''] }, _context, table) => {
  const kind = kindOf(kindsOf(table), name)
  const { rows } = await kind.list(AT_ONCE)
  const lines: string[] = []
  for (const row of rows) lines.push(`${row.id}: ${(await kind.redrive(row.id)) ?? 'is gone already.'}`)
  return { lines: lines.length === 0 ? ['Nothing was set aside.'] : lines }
})

const runOne = onStore(async (given, _context, table) => {
  const { kind, id } = oneOf(given, table)
  const said = await kind.redrive(id)
  if (said === undefined) throw gone(id)
  return { lines: [`${id}: ${said}`] }
})

export const dropLetter = onStore(async (given, _context, table) => {
  const { kind, id } = oneOf(given, table)
  if (!(await kind.drop(id))) throw gone(id)
  return { lines: [`${id} is dropped. Nothing repeats it any more.`] }
})

function oneOf({ args: [name = '', id = ''] }: Given, table: Table) {
  return { kind: kindOf(kindsOf(table), name), id }
}

function kindOf(kinds: Kinds, name: string): DeadLetterKind {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind !== undefined) return kind
  const known = Object.keys(kinds)
  throw new UsageError(`There is no kind "${name}"; there are ${known.join(', ')}${orNearest(name, known)}`)
}

function gone(id: string): AppError {
  return new AppError('not_found', `There is no dead letter ${id}. "coxswain redrive list" shows those there are.`)
}

/** On one line, whatever the error was. */
function shortened(error: string): string {
  return cut(error.trim().replaceAll(/\s+/g, ' '), ERROR_CHARACTERS)
}
