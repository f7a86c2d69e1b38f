/** `coxswain queue`: what is in the queue, one line each. */
import type { Item, QueuePage, State } from '../api/answers.ts'
import { STATES } from '../api/answers.ts'
import { createApi } from '../api/client.ts'
import { findPlace } from '../api/place.ts'
import type { Context, Given, Result } from '../line/command.ts'
import { nearest } from '../line/nearest.ts'
import { UsageError } from '../line/usage.ts'
import { ago } from '../show/age.ts'
import { cut, jsonLines, printable } from '../show/printable.ts'
import { aligned, type Cell } from '../show/table.ts'
import { nameOf, repositoryOf } from './issue-key.ts'
import { type Found, limitOf, readQueue } from './pages.ts'
import { remarkOn, stateCell } from './words.ts'

const DEFAULT_LIMIT = 50
/** Titles leave room for what is behind them. */
const TITLE_CHARACTERS = 60
const HEAD: readonly Cell[] = ['ISSUE', 'STATE', 'PRIORITY', 'TRY', 'SINCE', 'WORKER', 'TITLE', 'REMARK']

export async function queue(given: Given, context: Context): Promise<Result> {
  const state = stateOf(given.text('state'))
  const repository = repositoryOf(given.text('repo'))
  const limit = limitOf(given.text('limit'), DEFAULT_LIMIT)
  const api = createApi(await findPlace(context.env))
  const found = await readQueue(api, { state, repository, limit })
  return { lines: given.isSet('json') ? jsonLines(asAnswered(found)) : table(found, context, limit) }
}

function stateOf(text: string | undefined): State | undefined {
  const state = STATES.find((one) => one === text)
  if (text === undefined || state !== undefined) return state
  const near = nearest(text, STATES)
  throw new UsageError(`--state takes ${STATES.join(', ')}${near === undefined ? '' : `. Did you mean "${near}"?`}`)
}

/** As GET /queue answers, with all pages in one. */
function asAnswered({ items, counts, more }: Found): object {
  const of = (state: State) => items.filter(({ status }) => status === state)
  return { ...Object.fromEntries(STATES.map((state) => [state, of(state)])), counts, more }
}

function table({ items, counts, more }: Found, context: Context, limit: number): readonly string[] {
  if (items.length === 0) return ['There is nothing.', totals(counts)]
  const now = context.clock.now()
  const rows = items.map((item): readonly Cell[] => [
    printable(nameOf(item)),
    stateCell(item.status),
    printable(item.priority),
    `${item.attempt}/${item.max_attempts}`,
    ago(sinceOf(item), now),
    printable(item.assigned_to ?? ''),
    cut(printable(item.title), TITLE_CHARACTERS),
    remarkOn(item, now),
  ])
  const rest = more ? [`There are more than ${limit}: --limit shows them, --state or --repo narrows the list.`] : []
  return [...aligned([HEAD, ...rows], context), '', totals(counts), ...rest]
}

/** Since when it is in its state. */
function sinceOf({ status, queued_at, leased_at, finished_at, updated_at }: Item): string | null | undefined {
  if (status === 'pending') return queued_at
  return (status === 'in_progress' ? leased_at : finished_at) ?? updated_at
}

export function totals({ pending, in_progress, completed, failed }: QueuePage['counts']): string {
  return `${pending} pending, ${in_progress} in progress, ${completed} completed, ${failed} failed`
}
