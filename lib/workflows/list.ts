/** The list of runs: those under way, then those that ended, newest first, shelf by shelf and page by page. */
import type { Instant } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Definitions } from './catalog.ts'
import type { Workflow } from './model.ts'
import {
  type Card,
  FINAL_STATES,
  type FinalState,
  type Shelf,
  type WorkflowCounts,
  type WorkflowStore,
} from './ports.ts'
import { isFinal, stateName } from './standing.ts'
import { summaryView } from './views.ts'

export interface ListPorts {
  readonly store: WorkflowStore
  readonly definitions: Definitions
  readonly counts: () => Promise<WorkflowCounts>
}

export interface Wanted {
  readonly state?: string | undefined
  readonly definition?: string | undefined
  readonly updated_after?: Instant | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

interface Place {
  readonly shelf: Shelf
  readonly cursor?: string
}

const SHELVES: readonly Shelf[] = ['active', ...FINAL_STATES]
/** Pages read for one answer at most: a filter that matches little yields a short page and a cursor, not a long wait. */
const MAX_READS = 10

/** Reads only the shelves that can hold what is wanted: runs that ended cost nothing while one looks for active ones. */
export function createList({ store, definitions, counts }: ListPorts) {
  return async function list(wanted: Wanted) {
    const shelves = shelvesFor(wanted.state)
    const found: Workflow[] = []
    let place = openPlace(wanted.cursor, shelves)
    for (let reads = 0; reads < MAX_READS && place !== undefined && found.length < wanted.limit; reads++) {
      const page = await read(place, wanted, wanted.limit - found.length)
      found.push(...page.workflows)
      place = page.cursor === undefined ? after(place.shelf, shelves) : { shelf: place.shelf, cursor: page.cursor }
    }
    const workflows = await Promise.all(found.map(async (workflow) => summaryView(await hydrated(workflow))))
    return {
      workflows,
      counts: await counts(),
      ...(place !== undefined && { next_cursor: closePlace(place) }),
    }
  }

  async function read({ shelf, cursor }: Place, wanted: Wanted, limit: number) {
    const page = await store.cards(shelf, limit, cursor)
    const cards = page.items.filter((card) => cardFits(card, shelf, wanted))
    const byId = new Map((await store.findMany(cards.map((card) => card.feature_id))).map((it) => [it.feature_id, it]))
    const workflows = cards.flatMap((card) => {
      const workflow = byId.get(card.feature_id)
      return workflow !== undefined && isAt(workflow, card, shelf) && fits(workflow, wanted) ? [workflow] : []
    })
    // Shelves of ended runs are in the order of their last change: behind one that is too old, all are.
    const exhausted = page.items.some((card) => isTooOld(card, shelf, wanted))
    return { workflows, cursor: exhausted ? undefined : page.cursor }
  }

  async function hydrated(workflow: Workflow) {
    return { workflow, definition: await definitions.pinned(workflow.definition) }
  }
}

function shelvesFor(state: string | undefined): readonly Shelf[] {
  if (state === undefined) return SHELVES
  return FINAL_STATES.some((one) => one === state) ? [state as FinalState] : ['active']
}

function cardFits(card: Card, shelf: Shelf, wanted: Wanted): boolean {
  if (wanted.definition !== undefined && card.definition !== wanted.definition) return false
  return !isTooOld(card, shelf, wanted)
}

function isTooOld(card: Card, shelf: Shelf, { updated_after }: Wanted): boolean {
  return shelf !== 'active' && updated_after !== undefined && card.at <= updated_after
}

/** A card may be left behind by a crash: it counts when its run stands where the card is. */
function isAt(workflow: Workflow, card: Card, shelf: Shelf): boolean {
  if (shelf === 'active') return !isFinal(workflow.state)
  return stateName(workflow.state) === shelf && workflow.completed_at === card.at
}

function fits(workflow: Workflow, { state, updated_after }: Wanted): boolean {
  if (state !== undefined && stateName(workflow.state) !== state) return false
  return updated_after === undefined || workflow.updated_at > updated_after
}

function after(shelf: Shelf, shelves: readonly Shelf[]): Place | undefined {
  const next = shelves[shelves.indexOf(shelf) + 1]
  return next && { shelf: next }
}

function openPlace(cursor: string | undefined, shelves: readonly Shelf[]): Place | undefined {
  const [first] = shelves
  if (cursor === undefined) return first && { shelf: first }
  const [name = '', inner = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split('\n')
  const shelf = shelves.find((one) => one === name)
  if (shelf !== undefined) return inner === '' ? { shelf } : { shelf, cursor: inner }
  const message = 'is not one of this list; use the next_cursor of an earlier answer with the same filters'
  throw new AppError('invalid', `cursor ${message}.`, { errors: [{ path: 'cursor', message }] })
}

function closePlace({ shelf, cursor = '' }: Place): string {
  return Buffer.from(`${shelf}\n${cursor}`).toString('base64url')
}
