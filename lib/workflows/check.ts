/** The scheduled check: gates that are overdue, attempts whose time has come, cards in the wrong place. */
import { type Clock, type Instant, minutes } from '#lib/clock'
import { AppError } from '#lib/errors'
import { wantedOf } from './dispatch-of.ts'
import type { Dispatched, DispatchOptions } from './dispatcher.ts'
import type { Engine } from './engine.ts'
import type { Workflow } from './model.ts'
import type { Card, DispatchKey, DispatchRecord, DispatchStore, WorkflowStore } from './ports.ts'
import { isFinal } from './standing.ts'

/** One check at a time: a lock that ends by itself. */
export interface CheckLock {
  acquire(until: Instant): Promise<number | undefined>
  release(token: number): Promise<void>
}

export interface CheckPorts {
  readonly engine: Engine
  readonly store: WorkflowStore
  readonly dispatches: DispatchStore
  readonly dispatch: (key: DispatchKey, options: DispatchOptions) => Promise<Dispatched>
  readonly lock: CheckLock
  readonly clock: Clock
}

export interface CheckReport {
  /** False when another check was at work. */
  readonly ran: boolean
  readonly seen: number
  readonly reminded: number
  readonly expired: number
  readonly dispatched: number
  readonly tidied: number
  readonly failed: readonly { readonly feature_id: string; readonly code: string }[]
}

/** Nothing was due. */
export function isIdleCheck({ reminded, expired, dispatched, tidied, failed }: CheckReport): boolean {
  return reminded + expired + dispatched + tidied + failed.length === 0
}

const PAGE = 100
/** Attempts under way at once: enough for a busy hub, few enough for its peace. */
const ABREAST = 8
/** With less than this left no more attempts are begun. */
const ENOUGH_MS = 15_000
/** A card may stand this long before its run: the time between two writes of one request, with a wide margin. */
const CARD_ALONE_MS = minutes(10)

type Work = { -readonly [K in 'seen' | 'reminded' | 'expired' | 'dispatched' | 'tidied']: number }

export function createCheck(ports: CheckPorts) {
  const { engine, store, dispatches, clock, lock } = ports

  return async function check(options: DispatchOptions): Promise<CheckReport> {
    const began = clock.now()
    const left = (): number => options.leftMs - (clock.now() - began)
    const work: Work = { seen: 0, reminded: 0, expired: 0, dispatched: 0, tidied: 0 }
    const failed: { feature_id: string; code: string }[] = []
    const token = await lock.acquire(began + options.leftMs)
    if (token === undefined) return { ran: false, ...work, failed }
    try {
      const due: DispatchKey[] = []
      let cursor: string | undefined
      do {
        const page = await store.cards('active', PAGE, cursor)
        const workflows = await store.findMany(page.items.map(({ feature_id }) => feature_id))
        work.seen += workflows.length
        work.tidied += await tidy(page.items, workflows)
        for (const workflow of workflows) await attempt(workflow.feature_id, () => judge(workflow, work))
        due.push(...(await dueOf(workflows)))
        cursor = page.cursor
      } while (cursor !== undefined)
      await send(due)
    } finally {
      await lock.release(token)
    }
    return { ran: true, ...work, failed }

    /** One run's trouble holds up no other. */
    async function attempt(feature_id: string, act: () => Promise<void>): Promise<void> {
      try {
        await act()
      } catch (error) {
        failed.push({ feature_id, code: error instanceof AppError ? error.code : 'internal' })
      }
    }

    async function send(due: readonly DispatchKey[]): Promise<void> {
      const waiting = [...due]
      const lane = async () => {
        for (let key = waiting.shift(); key !== undefined && left() > ENOUGH_MS; key = waiting.shift()) {
          const next = key
          await attempt(next.feature_id, async () => {
            await ports.dispatch(next, { ...options, leftMs: left() })
            work.dispatched += 1
          })
        }
      }
      await Promise.all(Array.from({ length: ABREAST }, lane))
    }

    async function judge(workflow: Workflow, tally: Work): Promise<void> {
      const kind = overdueOf(workflow, clock.now())
      if (kind === undefined) return
      const run = await engine.load(workflow.feature_id)
      const { changed } = await engine.apply(run, { kind, actor: 'coxswain' }, options)
      if (changed) tally[kind === 'remind' ? 'reminded' : 'expired'] += 1
    }
  }

  /** Cards of runs that are over move on; cards that never got a run go. */
  async function tidy(cards: readonly Card[], workflows: readonly Workflow[]): Promise<number> {
    const over = workflows.filter(({ state }) => isFinal(state))
    for (const workflow of over) await store.shelve(workflow)
    const known = new Set(workflows.map(({ feature_id }) => feature_id))
    const alone = cards.filter((card) => !known.has(card.feature_id) && card.at < clock.now() - CARD_ALONE_MS)
    for (const card of alone) {
      if ((await store.find(card.feature_id)) === undefined) await store.discard('active', card)
    }
    return over.length + alone.length
  }

  async function dueOf(workflows: readonly Workflow[]): Promise<readonly DispatchKey[]> {
    const now = clock.now()
    const wanted = workflows.flatMap((workflow) => {
      const key = wantedOf(workflow)
      return key !== undefined && workflow.state.kind === 'phase' && workflow.state.not_before <= now ? [key] : []
    })
    const records = new Map((await dispatches.findMany(wanted)).map((record) => [nameOf(record.key), record]))
    return wanted.filter((key) => isDue(records.get(nameOf(key)), now))
  }
}

/** What the clock asks of a run: a reminder, the end of a gate's patience, or nothing. */
function overdueOf({ state, paused }: Workflow, now: Instant): 'remind' | 'expire' | undefined {
  if (state.kind !== 'gate' || paused !== null) return undefined
  if (state.expires_at !== null && now >= state.expires_at) return 'expire'
  return now >= state.remind_at ? 'remind' : undefined
}

/** True when nobody is at this attempt and nothing keeps it from going on. */
function isDue(record: DispatchRecord | undefined, now: Instant): boolean {
  if (record === undefined) return true
  if (record.state === 'answered') return record.verdict?.kind !== 'pending_human'
  return record.until <= now
}

const nameOf = ({ feature_id, phase, attempt }: DispatchKey): string => `${feature_id} ${phase} ${attempt}`
