import { describe, expect, it } from 'vitest'
import { createLists, type Wanted } from '#lib/queue/lists'
import { createCounts } from '#lib/store/counts'
import { createLedger } from '#lib/store/ledger'
import { refusalOf } from '#lib/store/refused'
import { anOwedWrite } from '#test/contracts/write-ledger'
import { aKey, aQueue, aReport, leavePointer, POLICY, REPOSITORY, someFacts } from '#test/helpers/queue'

const OTHER = 'acme/till'
const REPOSITORIES = [REPOSITORY, OTHER]

async function someLists() {
  const world = await aQueue({ repositories: REPOSITORIES })
  const { store, clock, table } = world
  const repositories = async () => REPOSITORIES
  const ledger = createLedger(table, clock)
  const lists = createLists({
    ...{ store, clock, policy: POLICY, repositories, counts: createCounts(table).read },
    refusedDebts: async (keys) => (await ledger.refusedAmong(keys)).map(refusalOf),
  })

  /** Every page of a list, one after another. */
  async function pages(wanted: Partial<Wanted> = {}) {
    const found = []
    let cursor: string | undefined
    do {
      const page = await lists.list({ limit: 50, ...wanted, cursor })
      found.push(page)
      cursor = page.next_cursor
    } while (cursor !== undefined)
    return found
  }

  const itemsOf = ({
    pending,
    in_progress,
    completed,
    failed,
    withdrawn,
  }: Awaited<ReturnType<typeof pages>>[number]) => [...pending, ...in_progress, ...completed, ...failed, ...withdrawn]

  return {
    ...world,
    lists,
    ledger,
    async all(wanted: Partial<Wanted> = {}) {
      const items = (await pages(wanted)).flatMap(itemsOf)
      return items.map(({ repository, issue_number, status }) => `${repository}#${issue_number} ${status}`)
    },
    pages,
    itemsOf,
  }
}

type World = Awaited<ReturnType<typeof someLists>>

/** 250 jobs over all sections: 120 wait, 30 are in hand, 60 are done, 20 failed, 20 were withdrawn. */
async function fill({ queue, lease }: World): Promise<void> {
  const urgent = ['priority:critical']
  let number = 0
  const add = async (labels: readonly string[]) => {
    number += 1
    const key = aKey(number, REPOSITORIES[number % 2])
    await queue.add(key, someFacts(number, labels), '', 't')
    return key
  }
  for (let n = 0; n < 60; n++) {
    await add(urgent)
    const { repository, number: issue, token } = await lease('w')
    const pr_url = `https://github.com/${repository}/pull/${issue}`
    await queue.report(aReport({ worker: 'w', number: issue, repository, token, kind: 'completed', pr_url }))
  }
  for (let n = 0; n < 20; n++) {
    await add(urgent)
    for (let attempt = 0; attempt < 2; attempt++) {
      const { repository, number: issue, token } = await lease('w')
      await queue.report(aReport({ worker: 'w', number: issue, repository, token, kind: 'failed', error: 'No.' }))
    }
  }
  for (let n = 0; n < 20; n++) await queue.withdraw(await add([]), 'closed', 't')
  for (let n = 0; n < 30; n++) {
    await add(urgent)
    await lease(`holder-${n}`)
  }
  for (let n = 0; n < 120; n++) await add([])
}

describe('the list of the queue', () => {
  it('shows each of 250 jobs exactly once, whatever the length of a page, and filters them', async () => {
    const world = await someLists()
    await fill(world)
    const everything = (await world.all()).toSorted()
    expect(everything).toHaveLength(250)
    expect(new Set(everything).size).toBe(250)
    for (const limit of [1, 7, 100]) expect((await world.all({ limit })).toSorted()).toEqual(everything)

    const counts = { pending: 120, in_progress: 30, completed: 60, failed: 20, withdrawn: 20 } as const
    for (const [status, count] of Object.entries(counts)) {
      const some = await world.all({ status: status as keyof typeof counts, limit: 9 })
      expect(some.toSorted()).toEqual(everything.filter((item) => item.endsWith(` ${status}`)))
      expect(some).toHaveLength(count)
    }
    const here = await world.all({ repository: OTHER, limit: 13 })
    expect(here.toSorted()).toEqual(everything.filter((item) => item.startsWith(OTHER)))
    expect(await world.all({ repository: 'acme/none' })).toEqual([])
  }, 60_000)

  it('holds no more than asked for on a page', async () => {
    const world = await someLists()
    await world.has(...Array.from({ length: 12 }, (_, n) => n + 1))
    const sizes = (await world.pages({ limit: 5 })).map((page) => world.itemsOf(page).length)

    expect(Math.max(...sizes)).toBeLessThanOrEqual(5)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(12)
  })

  it('shows the waiting in the order of leasing', async () => {
    const { queue, lists } = await someLists()
    await queue.add(aKey(1), someFacts(1, ['priority:low']), '', 't')
    await queue.add(aKey(2), someFacts(2), '', 't')
    await queue.add(aKey(3), someFacts(3, ['priority:critical']), '', 't')

    const { pending } = await lists.list({ limit: 10 })

    expect(pending.map(({ issue_number }) => issue_number)).toEqual([3, 2, 1])
  })

  it('refuses a cursor of another list, of other filters, and of nobody', async () => {
    const world = await someLists()
    const { lists, has, ask } = world
    await has(1, 2, 3)
    await Promise.all(['a', 'b', 'c'].map(ask))
    const cursorOf = async (wanted: Partial<Wanted>) => (await lists.list({ limit: 1, ...wanted })).next_cursor
    const pending = await cursorOf({ status: 'in_progress' })
    const workers = (await lists.workers(1, undefined)).next_cursor
    const strange = [
      workers,
      'garbage',
      '🚢',
      Buffer.from('line\ngarbage').toString('base64url'),
      '_',
      pending?.slice(0, -9),
    ]

    for (const cursor of strange) {
      await expect(lists.list({ limit: 1, status: 'pending', cursor }), cursor).rejects.toMatchObject({
        code: 'invalid',
        errors: [{ path: 'cursor' }],
      })
    }
    await expect(lists.list({ limit: 1, status: 'pending', cursor: pending })).rejects.toMatchObject({
      code: 'invalid',
    })
    await expect(lists.workers(1, pending)).rejects.toMatchObject({ code: 'invalid' })
  })

  it('shows a lease once that was lost by one worker and taken by another', async () => {
    const world = await someLists()
    const { has, lease, all } = world
    await has(1)
    await leavePointer(world, 'a', 1)
    await lease('z')

    for (const limit of [1, 50]) expect(await all({ limit })).toEqual([`${REPOSITORY}#1 in_progress`])
  })

  it('shows a job as it is, not as the ticket says that a crash left behind', async () => {
    const { has, lease, store, all } = await someLists()
    await has(1)
    const ticket = await store.find(aKey(1))
    await lease('w1')
    await store.enqueue(ticket!)

    expect(await all()).toEqual([`${REPOSITORY}#1 in_progress`])
  })
})

describe('the list of workers', () => {
  it('shows each worker once, page by page, and what it does', async () => {
    const { has, ask, lease, lists } = await someLists()
    await has(1)
    await lease('busy')
    for (let n = 0; n < 24; n++) await ask(`idle-${n}`)
    const ids: string[] = []
    let cursor: string | undefined
    do {
      const page = await lists.workers(7, cursor)
      ids.push(...page.workers.map(({ id }) => id))
      cursor = page.next_cursor
    } while (cursor !== undefined)

    expect(new Set(ids).size).toBe(25)
    expect(ids).toHaveLength(25)
    expect(await lists.worker('busy')).toMatchObject({ status: 'busy', current_task: 1, health: 'healthy' })
  })

  it('answers although two workers point to the same job', async () => {
    const world = await someLists()
    const { has, lease, lists } = world
    await has(1)
    await leavePointer(world, 'a', 1)
    await lease('b')

    expect((await lists.workers(50, undefined)).workers).toMatchObject([
      { id: 'a', status: 'available', current_task: null },
      { id: 'b', status: 'busy', current_task: 1 },
    ])
  })

  it('does not know who never called', async () => {
    const { lists } = await someLists()

    await expect(lists.worker('nobody')).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('an issue whose comment GitHub refused too often', () => {
  const refused = (number: number) =>
    anOwedWrite({
      number,
      comments: [{ marker: 'completed:1', text: 'Done.' }],
      trouble: { refusals: 6, failures: 0, not_before: 0, error: 'issue is locked', since: 0 },
    })

  it.each([
    ['one of a few', 1],
    ['one of hundreds', 150],
  ])('says so in its item: %s', async (_, count) => {
    const { lists, ledger, has, clock } = await someLists()
    await has(7)
    await has(8)
    for (let number = 8 - count; number < 8; number += 1) {
      const write = refused(number + 1_000 * (number < 7 ? 1 : 0))
      await ledger.setAside(write, write)
    }

    const { pending } = await lists.list({ limit: 50 })

    const since = new Date(clock.now()).toISOString()
    expect(pending.find(({ issue_number }) => issue_number === 7)).toMatchObject({
      debt_refused: { since, tries: 6, error: 'issue is locked' },
    })
    expect(pending.find(({ issue_number }) => issue_number === 8)).not.toHaveProperty('debt_refused')
  })
})
