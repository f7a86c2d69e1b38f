/** What became of each issue, put together from the events that Coxswain told. Pure. */
import { fromTimestamp, type Instant } from '#lib/clock'
import type { WorkEvent } from '#lib/events/types'

/** What the history takes of an event. */
export type Happening = Pick<
  WorkEvent,
  'event_id' | 'event_type' | 'timestamp' | 'seq' | 'issue_number' | 'worker_id' | 'lease_token' | 'pr_url'
>

export interface Lease {
  readonly worker: string
  readonly token: number
  readonly from: Instant
  /** Infinite while it is held. */
  readonly to: Instant
  /**
   * The places of its two ends among all events. One stream tells them in the order in which the table took them; their
   * times are those at which somebody asked, which may be a moment earlier.
   */
  readonly places: readonly [first: number, last: number]
  readonly end: 'held' | 'completed' | 'expired' | 'given back' | 'failed'
}

export interface Story {
  readonly number: number
  readonly queuedAt: Instant
  /** In the order they were given. */
  readonly leases: readonly Lease[]
  /** When reviewers asked for changes. */
  readonly sentBack: readonly Instant[]
  readonly mergedAt: Instant | null
  readonly pullUrl: string | null
}

const ENDS: Partial<Record<WorkEvent['event_type'], Lease['end']>> = {
  WORK_COMPLETED: 'completed',
  WORK_LEASE_EXPIRED: 'expired',
  WORK_RELEASED: 'given back',
  WORK_WITHDRAWN: 'given back',
  WORK_FAILED: 'failed',
  WORK_EXHAUSTED: 'failed',
}

interface Placed {
  readonly event: Happening
  readonly place: number
}

/** The stories by issue, of events in the order in which they were told. Some may have been told more than once. */
export function storiesOf(happenings: readonly Happening[]): ReadonlyMap<number, Story> {
  // A key keeps the place of its first time.
  const once = new Map(happenings.map((event) => [event.event_id, event]))
  const placed = [...once.values()].map((event, place) => ({ event, place }))
  const byIssue = Map.groupBy(placed, ({ event }) => event.issue_number)
  return new Map([...byIssue].map(([number, events]) => [number, storyOf(number, events)]))
}

function storyOf(number: number, placed: readonly Placed[]): Story {
  const inOrder = placed.toSorted((a, b) => a.event.seq - b.event.seq)
  const first = fromTimestamp(inOrder[0]?.event.timestamp ?? '')
  const blank: Story = { number, queuedAt: first, leases: [], sentBack: [], mergedAt: null, pullUrl: null }
  return inOrder.reduce(told, blank)
}

function told(story: Story, { event, place }: Placed): Story {
  const at = fromTimestamp(event.timestamp)
  const next = { ...story, pullUrl: event.pr_url ?? story.pullUrl }
  const end = ENDS[event.event_type]
  if (end !== undefined) return { ...next, leases: ended(story.leases, { at, place }, end) }
  switch (event.event_type) {
    case 'WORK_LEASED': {
      const lease: Lease = {
        worker: event.worker_id ?? '',
        token: event.lease_token ?? 0,
        from: at,
        to: Number.POSITIVE_INFINITY,
        places: [place, Number.POSITIVE_INFINITY],
        end: 'held',
      }
      // Whoever asks may take what ran out, without a word in between.
      return { ...next, leases: [...ended(story.leases, { at, place }, 'expired'), lease] }
    }
    case 'WORK_QUEUED':
      return story.leases.at(-1)?.end === 'completed' ? { ...next, sentBack: [...story.sentBack, at] } : next
    case 'WORK_MERGED':
      return { ...next, mergedAt: at }
    default:
      return next
  }
}

/** Ends the last lease unless it has ended. */
function ended(
  leases: readonly Lease[],
  { at, place }: { at: Instant; place: number },
  end: Lease['end'],
): readonly Lease[] {
  const last = leases.at(-1)
  if (last?.end !== 'held') return leases
  return [...leases.slice(0, -1), { ...last, to: at, places: [last.places[0], place], end }]
}

/** How often the issue was worked on to the end. */
export function completions({ leases }: Story): readonly Lease[] {
  return leases.filter(({ end }) => end === 'completed')
}
