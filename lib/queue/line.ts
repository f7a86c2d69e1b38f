/** Looking along the ready line: which tickets may be taken now, and when the next one's time comes. */
import type { Instant } from '#lib/clock'
import type { Job } from './model.ts'
import type { QueueStore } from './ports.ts'

export interface Line {
  /** Tickets that may be taken now, most urgent first. */
  readonly ready: readonly Job[]
  /** When the earliest of the waiting ones may be taken; undefined when none waits. */
  readonly soonest: Instant | undefined
  /** Where to look on when none of these will do; absent at the end. */
  readonly rest?: Rest
}

export interface Rest {
  readonly cursor: string
  readonly pages: number
  readonly soonest: Instant | undefined
}

/** Pages looked through for a ticket whose time has come, before the asker is sent away: some 16,000 tickets. */
const MAX_PAGES = 40
/** Each page is twice the one before, up to this: those who wait must not hide those who are due behind them. */
const LARGEST_PAGE = 500

/** Reads pages, the first of `wanted` tickets, until one holds something to take. 4 KB of tickets is half a read unit. */
export async function lookAlong(store: QueueStore, now: Instant, wanted: number, from?: Rest): Promise<Line> {
  let soonest = from?.soonest
  let cursor = from?.cursor
  for (let pages = from?.pages ?? 0; pages < MAX_PAGES; pages++) {
    const page = await store.ready(Math.min(LARGEST_PAGE, wanted * 2 ** pages), cursor)
    const line = divide(page.items, now)
    soonest = earlier(soonest, line.soonest)
    cursor = page.cursor
    if (cursor === undefined) return { ready: line.ready, soonest }
    if (line.ready.length > 0) return { ready: line.ready, soonest, rest: { cursor, pages: pages + 1, soonest } }
  }
  return { ready: [], soonest }
}

/** Splits tickets into those whose time has come and the time of the earliest other. */
export function divide(tickets: readonly Job[], now: Instant): Line {
  const ready = tickets.filter((job) => dueAt(job) <= now)
  const waiting = tickets.map(dueAt).filter((due) => due > now)
  return { ready, soonest: waiting.length === 0 ? undefined : Math.min(...waiting) }
}

function dueAt(job: Job): Instant {
  return job.state.kind === 'pending' ? job.state.not_before : 0
}

/** The earlier of two times of which either may be missing. */
export function earlier(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}

/** A ticket is taken at most once: by this name one that went to another is not tried again. */
export function ticketName({ key, version }: Job): string {
  return `${key.repository}#${key.number}@${version}`
}
