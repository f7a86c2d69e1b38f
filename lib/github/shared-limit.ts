/**
 * Until when GitHub wants no call of a token, as this process and every other one heard it.
 *
 * The note in the table is read before each call, and the newest word is looked at once more when the call goes onto the
 * wire: after a limit nothing is sent but what was on its way already, whichever function or process was told.
 */
import type { Clock, Instant } from '#lib/clock'
import { gateClosed } from '#lib/github/errors'

/** What all processes of one token share. */
export interface LimitNote {
  /** 0 when nothing forbids a call. Sees every note that was acknowledged before. */
  closedUntil(): Promise<Instant>
  /** A later closing stays. */
  closeUntil(at: Instant): Promise<void>
}

export interface SharedLimit {
  /** Reads the note. Throws AppError `rate_limited` while no call may be made, and what the note throws. */
  pass(): Promise<void>
  /** Throws as `pass` does, by what is known here: for the very moment before a call is sent. */
  check(): void
  /** GitHub named a time: this process knows it at once, the others once this resolves. */
  shut(until: Instant): Promise<void>
  /** Closes for this process alone; never opens early. */
  closeUntil(at: Instant): void
  closedUntil(): Instant
}

export function createSharedLimit({ note, clock }: { note: LimitNote | undefined; clock: Clock }): SharedLimit {
  let closed: Instant = 0

  const closeUntil = (at: Instant): void => {
    closed = Math.max(closed, at)
  }

  function check(): void {
    const now = clock.now()
    if (now < closed) throw gateClosed(closed, now)
  }

  return {
    check,
    async pass() {
      check()
      if (note === undefined) return
      closeUntil(await note.closedUntil())
      check()
    },
    async shut(until) {
      const isLater = until > closed
      closeUntil(until)
      // A process that cannot be told is told by GitHub itself; the answer in hand counts more than the note.
      if (isLater && until > clock.now()) await note?.closeUntil(until).catch(() => undefined)
    },
    closeUntil,
    closedUntil: () => closed,
  }
}
