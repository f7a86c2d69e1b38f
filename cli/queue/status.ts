/** `coxswain status`: how Coxswain is, in a few lines, and what asks for a person. */
import type { Instant } from '#lib/clock'
import { AppError } from '#lib/errors'
import { type Health, health, type Item, type Worker } from '../api/answers.ts'
import { type Api, createApi } from '../api/client.ts'
import { findPlace } from '../api/place.ts'
import type { Context, Given, Result } from '../line/command.ts'
import { span } from '../show/age.ts'
import type { Colour, Paint } from '../show/paint.ts'
import { cut, jsonLines, printable } from '../show/printable.ts'
import { aligned, type Cell } from '../show/table.ts'
import { nameOf } from './issue-key.ts'
import { totals } from './list.ts'
import { readQueue, readWorkers } from './pages.ts'
import { remarkOn, stateCell } from './words.ts'

const COLOURS: Readonly<Record<string, Colour>> = { healthy: 'green', degraded: 'yellow', unhealthy: 'red' }
/** Failed and pending items and workers looked at, of each so many; the rest is in the counts. */
const LOOKED_AT = 100
/** Lines of what asks for a person. */
const LISTED = 10
const TITLE_CHARACTERS = 50
const ALSO_FINE = [503]

interface Lists {
  readonly items: readonly Item[]
  readonly workers: readonly Worker[]
}

export async function status(given: Given, context: Context): Promise<Result> {
  const api = createApi(await findPlace(context.env))
  const [how, lists] = await Promise.all([api.call('/health', health, { alsoFine: ALSO_FINE }), listsOf(api)])
  const failed = how.status === 'unhealthy'
  if (given.isSet('json')) return { lines: jsonLines(asJson(api, how, lists)), failed }
  return { lines: linesOf(api, how, lists, context), failed }
}

/** Health is open to all; who has no token to look further, or whose store is down, sees that much. */
async function listsOf(api: Api): Promise<Lists | AppError> {
  try {
    const [failed, pending, { workers }] = await Promise.all([
      readQueue(api, { state: 'failed', limit: LOOKED_AT }),
      readQueue(api, { state: 'pending', limit: LOOKED_AT }),
      readWorkers(api, LOOKED_AT),
    ])
    return { items: [...failed.items, ...pending.items], workers }
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
}

function asJson({ url }: Api, how: Health, lists: Lists | AppError): object {
  if (lists instanceof AppError) return { url, ...how, unread: lists.message }
  return { url, ...how, attention: lists.items.filter(asksForAPerson), unwell_workers: lists.workers.filter(isUnwell) }
}

function linesOf(api: Api, how: Health, lists: Lists | AppError, context: Context): readonly string[] {
  const now = context.clock.now()
  const rows: readonly (readonly Cell[])[] = [
    ['Coxswain', `${printable(how.version)} at ${api.url}, up ${span(how.uptime_seconds * 1000)}`],
    ['Health', { text: printable(how.status), colour: COLOURS[how.status] ?? 'bold' }],
    ['Queue', totals(how.queue)],
    ['Workers', lists instanceof AppError ? countOf(how.workers) : workersIn(lists.workers, how)],
  ]
  const table = aligned(rows, context)
  const checks = checksOf(how, context.paint)
  if (lists instanceof AppError)
    return [...table, ...checks, '', `Queue and workers were not read: ${printable(lists.message)}`]
  return [...table, ...checks, ...attention(lists, context, now)]
}

function countOf({ total, available }: Health['workers']): string {
  return `${total} known, ${available} available`
}

function workersIn(workers: readonly Worker[], { workers: counted }: Health): string {
  const busy = workers.filter(({ status: of }) => of === 'busy').length
  return counted.total === 0 ? 'none has called yet: "npx coxswain-worker" is one' : `${countOf(counted)}, ${busy} busy`
}

function checksOf({ checks }: Health, paint: Paint): readonly string[] {
  const wrong = Object.entries(checks).filter(([, { ok }]) => !ok)
  if (wrong.length === 0) return []
  return [
    '',
    'Wrong:',
    ...wrong.map(([name, { detail }]) => `  ${paint('red', printable(name))}  ${printable(detail)}`),
  ]
}

function attention({ items, workers }: Lists, context: Context, now: Instant): readonly string[] {
  const concerned = items.filter(asksForAPerson)
  const rows = concerned
    .slice(0, LISTED)
    .map((item): readonly Cell[] => [
      `  ${printable(nameOf(item))}`,
      stateCell(item.status),
      cut(printable(item.title), TITLE_CHARACTERS),
      remarkOn(item, now),
    ])
  const unwell = workers
    .filter(isUnwell)
    .slice(0, LISTED)
    .map((worker): readonly Cell[] => [
      `  ${printable(worker.id)}`,
      { text: printable(worker.health), colour: 'red' },
      printable(worker.status),
      printable(worker.reason ?? ''),
    ])
  const more = concerned.length > LISTED ? [`  and ${concerned.length - LISTED} more: npx coxswain queue`] : []
  return [
    ...(rows.length === 0 ? [] : ['', 'Failed or waiting:', ...aligned(rows, context), ...more]),
    ...(unwell.length === 0 ? [] : ['', 'Workers that are not well:', ...aligned(unwell, context)]),
    ...(concerned.some(({ status: of }) => of === 'failed') ? ['', 'Again: npx coxswain retry <issue>'] : []),
  ]
}

/** What failed, what waits for something, what GitHub refuses. */
function asksForAPerson({ status: of, waiting_for = [], debt_refused }: Item): boolean {
  return of === 'failed' || waiting_for.length > 0 || debt_refused !== undefined
}

/** Offline workers are no fault: laptops are closed. */
function isUnwell({ status: of, health: how }: Worker): boolean {
  return of !== 'offline' && (how === 'unhealthy' || how === 'degraded')
}
