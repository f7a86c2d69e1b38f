/**
 * What every WriteLedger must do. A debt is owed under (repository, number); owing again
 * - keeps one debt per issue: the labels and the generation of the highest version win;
 * - adds the new comments behind those still owed, each marker once, so that owing the same twice changes nothing;
 * - keeps `begun`: an earlier try may have posted an earlier comment, and only a look at the issue can tell;
 * - keeps the older `owed_since`: a debt that is renewed does not lose its place.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Clock, minutes } from '#lib/clock'
import type { OwedWrite, WriteLedger } from '#lib/github/ports'
import { aClock, type HandClock } from '#test/helpers/github'

export interface LedgerUnderTest {
  readonly ledger: WriteLedger
  /** Puts a debt on the ledger as a job's transition does. */
  owe(write: OwedWrite): Promise<void>
  close?(): Promise<void>
}

export function anOwedWrite(changes: Partial<OwedWrite> = {}): OwedWrite {
  return {
    repository: 'acme/shop',
    number: 7,
    generation: 1,
    version: 1,
    state_label: 'ai-in-progress',
    remove_labels: ['ai-ready'],
    comments: [],
    begun: false,
    owed_since: Date.parse('2026-03-02T07:00:00Z'),
    ...changes,
  }
}

const aComment = (marker: string): OwedWrite['comments'][number] => ({ marker, text: `About ${marker}` })

/** Runs the contract; `create` makes a fresh, empty ledger that judges overdue locks by `clock`. */
export function writeLedgerContract(name: string, create: (clock: Clock) => Promise<LedgerUnderTest>): void {
  describe(`write ledger: ${name}`, () => {
    let clock: HandClock
    let under: LedgerUnderTest
    let ledger: WriteLedger

    beforeEach(async () => {
      clock = aClock()
      under = await create(clock)
      ledger = under.ledger
    })

    afterEach(async () => {
      await under.close?.()
    })

    it('owes nothing at first', async () => {
      expect(await ledger.owed(10)).toEqual([])
    })

    it('gives back what is owed, as it was owed', async () => {
      const write = anOwedWrite({ comments: [aComment('completed:1')] })
      await under.owe(write)
      expect(await ledger.owed(10)).toEqual([write])
    })

    it('gives the oldest debts first and no more than asked for', async () => {
      const at = clock.now()
      await under.owe(anOwedWrite({ number: 1, owed_since: at - 1_000 }))
      await under.owe(anOwedWrite({ number: 2, owed_since: at - 3_000 }))
      await under.owe(anOwedWrite({ number: 3, repository: 'acme/till', owed_since: at - 2_000 }))
      expect((await ledger.owed(2)).map(({ number }) => number)).toEqual([2, 3])
    })

    it('keeps the debts of two issues of the same number apart', async () => {
      await under.owe(anOwedWrite({ repository: 'acme/shop' }))
      await under.owe(anOwedWrite({ repository: 'acme/till' }))
      expect(await ledger.owed(10)).toHaveLength(2)
    })

    describe('owing again for the same issue', () => {
      it('replaces the labels by those of the newer version and keeps the place in the queue', async () => {
        const first = anOwedWrite()
        await under.owe(first)
        await under.owe(anOwedWrite({ version: 2, state_label: 'ai-completed', owed_since: first.owed_since + 5_000 }))
        expect(await ledger.owed(10)).toEqual([
          { ...first, version: 2, state_label: 'ai-completed', owed_since: first.owed_since },
        ])
      })

      it('lets an older version, arriving late, change no labels', async () => {
        await under.owe(anOwedWrite({ version: 5, state_label: 'ai-completed' }))
        await under.owe(anOwedWrite({ version: 4, state_label: 'ai-in-progress' }))
        expect(await ledger.owed(10)).toMatchObject([{ version: 5, state_label: 'ai-completed' }])
      })

      it('keeps every comment, in the order they were owed', async () => {
        await under.owe(anOwedWrite({ version: 1, comments: [aComment('failed:1')] }))
        await under.owe(anOwedWrite({ version: 2, generation: 2, comments: [aComment('completed:2')] }))
        const [debt] = await ledger.owed(10)
        expect(debt?.comments.map(({ marker }) => marker)).toEqual(['failed:1', 'completed:2'])
        expect(debt?.generation).toBe(2)
      })

      it('changes nothing when it is the same debt again', async () => {
        const write = anOwedWrite({ comments: [aComment('completed:1')] })
        await under.owe(write)
        await under.owe(write)
        expect(await ledger.owed(10)).toEqual([write])
      })

      it('remembers that a try had begun', async () => {
        const write = anOwedWrite({ comments: [aComment('failed:1')] })
        await under.owe(write)
        await ledger.begin(write)
        await under.owe(anOwedWrite({ version: 2, comments: [aComment('completed:2')] }))
        expect(await ledger.owed(10)).toMatchObject([{ version: 2, begun: true }])
      })
    })

    describe('paying', () => {
      it('marks a try as begun, and lets it begin again after a crash', async () => {
        const write = anOwedWrite()
        await under.owe(write)
        expect(await ledger.begin(write)).toBe(true)
        expect(await ledger.owed(10)).toEqual([{ ...write, begun: true }])
        expect(await ledger.begin(write)).toBe(true)
      })

      it('refuses to begin a debt that changed or was never owed', async () => {
        const write = anOwedWrite()
        expect(await ledger.begin(write)).toBe(false)
        await under.owe(write)
        await under.owe(anOwedWrite({ version: 2 }))
        expect(await ledger.begin(write)).toBe(false)
        expect(await ledger.owed(10)).toMatchObject([{ begun: false }])
      })

      it('strikes a settled debt off, once', async () => {
        const write = anOwedWrite()
        await under.owe(write)
        await ledger.begin(write)
        expect(await ledger.settle(write)).toBe(true)
        expect(await ledger.owed(10)).toEqual([])
        expect(await ledger.settle(write)).toBe(false)
      })

      it('keeps the newer debt that arrived while the older was being paid', async () => {
        const write = anOwedWrite()
        await under.owe(write)
        await ledger.begin(write)
        await under.owe(anOwedWrite({ version: 2, state_label: 'ai-completed' }))
        expect(await ledger.settle(write)).toBe(false)
        expect(await ledger.owed(10)).toMatchObject([{ version: 2, state_label: 'ai-completed', begun: true }])
      })

      it('starts a debt that comes after a settled one afresh', async () => {
        const write = anOwedWrite()
        await under.owe(write)
        await ledger.begin(write)
        await ledger.settle(write)
        await under.owe(anOwedWrite({ version: 2 }))
        expect(await ledger.owed(10)).toMatchObject([{ version: 2, begun: false }])
      })
    })

    describe('a debt that is refused', () => {
      const trouble = { refusals: 1, failures: 0, not_before: 0, error: 'issue is locked', since: 0 }
      const both = anOwedWrite({ comments: [aComment('failed:1'), aComment('completed:2')] })

      it('keeps what is left of it, and stands behind those never refused', async () => {
        await under.owe(both)
        await under.owe(anOwedWrite({ number: 8, owed_since: both.owed_since + 1 }))

        expect(await ledger.keep(both, { labels_shown: true, comments: [aComment('completed:2')], trouble })).toBe(true)

        const left = { number: 7, labels_shown: true, comments: [aComment('completed:2')], trouble }
        expect(await ledger.owed(10)).toMatchObject([{ number: 8 }, left])
        expect(await ledger.owed(1)).toMatchObject([{ number: 8 }])
      })

      it('is not changed by a try of what it was before', async () => {
        await under.owe(both)
        await under.owe(anOwedWrite({ version: 2, state_label: 'ai-completed' }))

        expect(await ledger.keep(both, { comments: [], trouble })).toBe(false)
        expect(await ledger.owed(10)).toMatchObject([{ version: 2, comments: both.comments }])
      })

      it('is tried at once when a newer state is owed, and counts its refusals on', async () => {
        await under.owe(both)
        const later = { ...trouble, not_before: clock.now() + 60_000 }
        await ledger.keep(both, { labels_shown: true, comments: both.comments, trouble: later })
        await under.owe(anOwedWrite({ version: 2, state_label: 'ai-completed' }))

        const [debt] = await ledger.owed(10)
        expect(debt).toMatchObject({ version: 2, trouble: { refusals: 1, not_before: 0 } })
        expect(debt?.labels_shown ?? false).toBe(false)
      })

      it('is owed no more once it is set aside, and is listed there', async () => {
        await under.owe(both)
        const left = { labels_shown: true, comments: [aComment('completed:2')], trouble }
        await ledger.setAside(both, left)
        await ledger.setAside(both, left)

        expect(await ledger.owed(10)).toEqual([])
        expect(await ledger.refused(10)).toMatchObject([{ write: { number: 7, ...left }, at: clock.now() }])
      })
    })

    it('remembers how the debts stood', async () => {
      expect(await ledger.standing()).toBeUndefined()
      const rest = { refusals: 1, until: 5, error: 'no right', since: 4 }
      const named = [{ repository: 'acme/shop', number: 7, error: 'locked' }]
      const standing = { at: 1, owed: 2, oldest: 0, rests: { 'acme/shop': rest }, retrying: 1, refused: 1, named }
      await ledger.saveStanding(standing)
      expect(await ledger.standing()).toEqual(standing)
    })

    it('starts with an unspent budget and keeps the one it is given', async () => {
      expect(await ledger.budget()).toEqual({ spent: [], closed_until: 0 })
      const budget = { spent: [clock.now() - 5, clock.now()], closed_until: clock.now() + 60_000 }
      await ledger.saveBudget(budget)
      expect(await ledger.budget()).toEqual(budget)
    })

    describe('the lock', () => {
      it('is held by one at a time', async () => {
        const token = await ledger.lock('one', clock.now() + minutes(1))
        expect(token).toBeTypeOf('number')
        expect(await ledger.lock('two', clock.now() + minutes(1))).toBeUndefined()
      })

      it('is free again once let go', async () => {
        const token = (await ledger.lock('one', clock.now() + minutes(1))) ?? Number.NaN
        await ledger.unlock(token)
        expect(await ledger.lock('two', clock.now() + minutes(1))).toBeGreaterThan(token)
      })

      it('is taken from an overdue holder, who can then no longer let it go', async () => {
        const overdue = (await ledger.lock('one', clock.now() + minutes(1))) ?? Number.NaN
        clock.advance(minutes(1))
        const taken = await ledger.lock('two', clock.now() + minutes(1))
        expect(taken).toBeGreaterThan(overdue)
        await ledger.unlock(overdue)
        expect(await ledger.lock('three', clock.now() + minutes(1))).toBeUndefined()
      })
    })
  })
}
