/**
 * Looking along the line past what closed gates hold back. One call reads the head of the line and at most some thousand
 * tickets behind it, and leaves word for the next one where to go on; so a long queue behind a closed gate costs another
 * repository's workers one such walk now and then, and otherwise a page more.
 */
import type { Instant } from '#lib/clock'
import { isHeldBack } from './gate.ts'
import { divide, earlier, type Line, ticketName } from './line.ts'
import type { Job } from './model.ts'
import type { QueueStore } from './ports.ts'

export interface View extends Line {
  /** True when the end of the line was not reached: a further call sees more. */
  readonly isCut: boolean
}

/** Pages behind the head, each twice the one before: about 1,000 tickets, some 75 read units. */
const MOST_PAGES = 6
const FIRST_PAGE = 16
const LARGEST_PAGE = 500
/** Only so long is a walk not repeated: what joined the line in its midst is seen by then. */
const REMEMBERED_MS = 30_000

/** What is walked past. */
export interface Passed {
  /** Repositories whose gate is closed. */
  readonly closed: ReadonlySet<string>
  /** Tickets by name, whose files others hold. */
  readonly held: ReadonlySet<string>
}

interface Word {
  readonly gates: string
  readonly until: Instant
  /** Where something was found, or where the walk broke off; undefined: nothing is behind the head. */
  readonly cursor: string | undefined
}

export function createDetour(store: QueueStore) {
  let word: Word | undefined

  return {
    /** At least one of `ready` may be leased, if a place was found within the bounds. */
    async look(now: Instant, wanted: number, { closed, held }: Passed): Promise<View> {
      const passing = (tickets: readonly Job[]) =>
        divide(
          tickets.filter((job) => !isHeldBack(job, closed) && !held.has(ticketName(job))),
          now,
        )
      const head = await store.ready(wanted)
      const line = passing(head.items)
      if (line.ready.length > 0 || head.cursor === undefined) return { ...line, isCut: false }
      const gates = [...closed].toSorted().join(' ')
      if (word !== undefined && (word.gates !== gates || now >= word.until || now < word.until - REMEMBERED_MS))
        word = undefined
      if (word !== undefined && word.cursor === undefined) return { ...line, isCut: false }
      const until = word?.until ?? now + REMEMBERED_MS
      const found = await walk(passing, word?.cursor ?? head.cursor, wanted)
      word = { gates, until, cursor: found.cursor }
      return {
        ready: found.ready,
        soonest: earlier(line.soonest, found.soonest),
        isCut: found.ready.length === 0 && found.cursor !== undefined,
      }
    },

    /** The line has changed in a way that makes a fresh walk worth its price. */
    forget() {
      word = undefined
    },
  }

  async function walk(passing: (tickets: readonly Job[]) => Line, from: string, wanted: number) {
    let cursor = from
    let soonest: Instant | undefined
    for (let pages = 0; pages < MOST_PAGES; pages++) {
      const page = await store.ready(Math.min(LARGEST_PAGE, Math.max(wanted, FIRST_PAGE * 2 ** pages)), cursor)
      const line = passing(page.items)
      soonest = earlier(soonest, line.soonest)
      const [first] = line.ready
      if (first !== undefined) {
        const last = page.items[page.items.indexOf(first) - 1]
        return { ready: line.ready, soonest, cursor: last === undefined ? cursor : store.behind(last) }
      }
      if (page.cursor === undefined) return { ready: [], soonest, cursor: undefined }
      cursor = page.cursor
    }
    return { ready: [], soonest, cursor }
  }
}
