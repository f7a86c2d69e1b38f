/**
 * `Idempotency-Key`: the same request sent twice is done once, and both get the first answer.
 *
 *     absent ──claim──▶ in_progress ──keep──▶ completed ──24 h──▶ absent
 *                        │  ▲
 *            handler threw  held_until passed: the next same request takes over
 *                        ▼
 *                      absent
 *
 * A claim is fenced: only who holds it may keep or drop its answer, so a slow first try never overwrites the one that took
 * over. It always has an expiry, however little time the function had left, so a killed function blocks nobody for long.
 */
import { createHash } from 'node:crypto'
import type { Clock, Instant } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Ids } from '#lib/ids'
import type { Condition } from '#lib/store/conditions'
import { stillHas } from '#lib/store/conditions'
import type { Item, Table } from '#lib/store/table'
import type { HttpAnswer } from './exchange.ts'
import type { Log } from './log.ts'

/** The request that must not be done twice. */
export interface Once {
  /** 1–255 printable characters, chosen by the caller. */
  readonly key: string
  readonly route: string
  /** Whose key it is: two callers never share one. */
  readonly owner: string
  /** All that the handler works from. */
  readonly input: unknown
  /** How long this function can still run at most. */
  readonly remainingMs: number
}

export interface Idempotency {
  /**
   * Runs `work` unless this request was answered before. Throws `idempotency_mismatch` when the key belongs to another
   * request and `idempotency_in_progress` while the first is under way.
   */
  once(request: Once, work: () => Promise<HttpAnswer>): Promise<HttpAnswer>
}

/** Answers are repeated for a day. */
const KEPT_SECONDS = 86_400
/** A claim outlives the function that holds it by this much, and never lasts less. */
const GRACE_MS = 1_000
/** No request lasts longer at API Gateway; a clock that says otherwise is not believed. */
const HELD_MAX_MS = 30_000

export function createIdempotency(ports: {
  readonly table: Table
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
}): Idempotency {
  const { table, clock, ids, log } = ports

  /** Undefined when the request is ours to do, else the item that has it. */
  const claim = async (mine: Item, now: Instant): Promise<Item | undefined> => {
    const written = await table.put(mine, free(mine, now))
    if (written.kind === 'done') return undefined
    // A repeated write of ours whose first reply was lost meets its own claim.
    return written.current?.['claim'] === mine['claim'] ? undefined : (written.current ?? mine)
  }

  /** The work is done whatever becomes of its answer; a claim that cannot be settled runs out by itself. */
  const settle = async (write: () => Promise<unknown>): Promise<void> => {
    try {
      await write()
    } catch (error) {
      log.warn('the answer to an idempotent request could not be kept', { error })
    }
  }

  return {
    async once(request, work) {
      const now = clock.now()
      const mine = claimOf(request, ids.uuid(), now)
      const earlier = await claim(mine, now)
      if (earlier !== undefined) return replay(earlier, mine, now)
      try {
        const answer = await work()
        await settle(() => table.put(completed(mine, answer), stillHas('claim', mine['claim'])))
        return answer
      } catch (error) {
        await settle(() => table.remove(mine, stillHas('claim', mine['claim'])))
        throw error
      }
    },
  }
}

function claimOf(request: Once, claim: string, now: Instant): Item {
  const held = Math.min(Math.max(request.remainingMs, 0), HELD_MAX_MS) + GRACE_MS
  return {
    pk: `answer#${sha256(JSON.stringify([request.route, request.owner, request.key]))}`,
    sk: 'answer',
    state: 'in_progress',
    claim,
    fingerprint: sha256(canonical(request.input)),
    held_until: now + held,
    ttl: Math.ceil(now / 1000) + KEPT_SECONDS,
  }
}

function completed(mine: Item, { statusCode, headers, body }: HttpAnswer): Item {
  return { ...mine, state: 'completed', answer: { statusCode, headers, body } }
}

/** Nobody has this key, or its day is over, or the same request was begun and not finished in its time. */
function free(mine: Item, now: Instant): Condition {
  return {
    expression:
      'attribute_not_exists(pk) OR #ttl < :seconds OR (#state = :begun AND held_until < :now AND fingerprint = :fingerprint)',
    names: { '#ttl': 'ttl', '#state': 'state' },
    values: {
      ':seconds': Math.floor(now / 1000),
      ':begun': 'in_progress',
      ':now': now,
      ':fingerprint': mine['fingerprint'],
    },
  }
}

function replay(earlier: Item, mine: Item, now: Instant): HttpAnswer {
  if (earlier['fingerprint'] !== mine['fingerprint']) {
    throw new AppError('idempotency_mismatch', 'This Idempotency-Key was used for another request. Take a new one.')
  }
  const { statusCode, headers, body } = (earlier['answer'] ?? {}) as HttpAnswer
  if (earlier['state'] !== 'completed' || statusCode === undefined) {
    const left = Math.max(1, Math.ceil((Number(earlier['held_until']) - now) / 1000))
    throw new AppError('idempotency_in_progress', 'The first request with this Idempotency-Key is still under way.', {
      retryAfter: Math.min(left, 2),
    })
  }
  return { statusCode, headers: { ...headers, 'idempotency-replayed': 'true' }, ...(body !== undefined && { body }) }
}

/** JSON with the members of every object in order, so that equal inputs have equal fingerprints. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
