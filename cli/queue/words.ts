/** What the commands say of an issue. Titles, errors and reasons come from outside: they are made printable here. */
import type { Instant } from '#lib/clock'
import type { Item, State } from '../api/answers.ts'
import { ago } from '../show/age.ts'
import type { Colour } from '../show/paint.ts'
import { oneLine, printable } from '../show/printable.ts'
import type { Cell } from '../show/table.ts'

const COLOURS: Readonly<Record<State, Colour>> = {
  pending: 'yellow',
  in_progress: 'bold',
  completed: 'green',
  failed: 'red',
  withdrawn: 'dim',
}

export function stateCell(status: State): Cell {
  return { text: status, colour: COLOURS[status] }
}

/** Why it stands where it stands: what it waits for, what went wrong, what came of it. Empty when there is nothing. */
export function remarkOn(item: Item, now: Instant): string {
  if (item.debt_refused !== undefined)
    return `GitHub refuses its labels: ${printable(oneLine(item.debt_refused.error))}`
  switch (item.status) {
    case 'pending':
      return printable(oneLine(waitOf(item, now)))
    case 'in_progress':
      return `lease ends ${ago(item.lease_expires_at, now)}`
    case 'completed':
      return printable(item.pr_url ?? '')
    case 'failed':
    case 'withdrawn':
      return printable(oneLine(item.error ?? ''))
  }
}

function waitOf({ waiting_for = [], not_before, error }: Item, now: Instant): string {
  const waits = waiting_for.map(({ kind, detail }) => detail || kind)
  if (not_before) waits.push(`Tried again ${ago(not_before, now)}.`)
  if (waits.length === 0 && error) waits.push(`The attempt before: ${error}`)
  return waits.join(' ')
}
