/** GitHub in tests: a small real HTTP server whose answers a test writes itself, a client on it, and a ledger in memory. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { Clock, Instant } from '#lib/clock'
import { type ClientOptions, createClient, type GitHubClient } from '#lib/github/client'
import type { OwedWrite, RefusedDebt, Standing, WriteBudget, WriteLedger } from '#lib/github/ports'
import { NO_WRITES_YET } from '#lib/github/shaper'

export interface HandClock extends Clock {
  advance(ms: number): void
}

export function aClock(start: Instant = Date.parse('2026-03-02T08:00:00Z')): HandClock {
  let now = start
  return {
    now: () => now,
    advance: (ms) => {
      now += ms
    },
  }
}

export interface AskedRequest {
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

export interface FakeGitHub extends AsyncDisposable {
  readonly url: string
  readonly app: Hono
  /** Every request so far, oldest first. */
  readonly asked: AskedRequest[]
}

/** A server whose routes the test adds to `app`; it notes every request before it answers. */
export async function aGitHub(): Promise<FakeGitHub> {
  const app = new Hono()
  const asked: AskedRequest[] = []
  app.use(async (context, next) => {
    const text = await context.req.raw.clone().text()
    asked.push({
      method: context.req.method,
      path: context.req.path,
      query: context.req.query(),
      headers: context.req.header(),
      body: text === '' ? undefined : JSON.parse(text),
    })
    await next()
  })
  const server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    app,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A client that waits no real time; `pauses` notes what it would have slept. */
export function aClient(
  baseUrl: string,
  options: Partial<ClientOptions> & { readonly clock?: HandClock } = {},
): { client: GitHubClient; clock: HandClock; pauses: number[] } {
  const clock = options.clock ?? aClock()
  const pauses: number[] = []
  const sleep = async (ms: number): Promise<void> => {
    pauses.push(ms)
    clock.advance(ms)
  }
  return {
    client: createClient({ baseUrl, token: 'test-token', sleep, chance: () => 0.5, ...options, clock }),
    clock,
    pauses,
  }
}

/** An issue as GitHub's API tells it. */
export function anIssueAnswer(
  number: number,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const created = new Date(Date.parse('2026-01-01T00:00:00Z') + number * 60_000).toISOString()
  return {
    number,
    title: `Issue ${number}`,
    body: 'Do it.',
    labels: [{ name: 'ai-ready' }],
    state: 'open',
    user: { login: 'ada' },
    author_association: 'MEMBER',
    created_at: created,
    updated_at: created,
    reactions: { total_count: 0 },
    ...changes,
  }
}

export interface MemoryLedger {
  readonly ledger: WriteLedger
  owe(write: OwedWrite): Promise<void>
}

/** A ledger that keeps its debts in memory; what it promises is test/contracts/write-ledger.ts. */
export function aMemoryLedger(clock: Clock): MemoryLedger {
  const debts = new Map<string, OwedWrite>()
  let budget: WriteBudget = NO_WRITES_YET
  let standing: Standing | undefined
  const refused = new Map<string, RefusedDebt>()
  let lock = { token: 0, until: 0 }
  const keyOf = ({ repository, number }: OwedWrite): string => `${repository}#${number}`
  const current = (write: OwedWrite): OwedWrite | undefined => {
    const debt = debts.get(keyOf(write))
    return debt?.version === write.version && debt.comments.length === write.comments.length ? debt : undefined
  }

  return {
    async owe(write) {
      debts.set(keyOf(write), merge(debts.get(keyOf(write)), write))
    },
    ledger: {
      owed: async (limit) =>
        [...debts.values()].sort((a, b) => refusals(a) - refusals(b) || a.owed_since - b.owed_since).slice(0, limit),
      async begin(write) {
        const debt = current(write)
        if (debt !== undefined) debts.set(keyOf(write), { ...debt, begun: true })
        return debt !== undefined
      },
      settle: async (write) => current(write) !== undefined && debts.delete(keyOf(write)),
      async keep(write, left) {
        const debt = current(write)
        if (debt !== undefined) debts.set(keyOf(write), { ...debt, ...left })
        return debt !== undefined
      },
      async setAside(write, left) {
        refused.set(keyOf(write), { write: { ...write, ...left }, at: clock.now() })
        if (current(write) !== undefined) debts.delete(keyOf(write))
      },
      refused: async (limit) => [...refused.values()].slice(0, limit),
      standing: async () => standing,
      async saveStanding(next) {
        standing = next
      },
      budget: async () => budget,
      async saveBudget(next) {
        budget = next
      },
      async lock(_holder, until) {
        if (clock.now() < lock.until) return undefined
        lock = { token: lock.token + 1, until }
        return lock.token
      },
      async unlock(token) {
        if (token === lock.token) lock = { token, until: 0 }
      },
    },
  }
}

const refusals = ({ trouble }: OwedWrite): number => Math.min(1, trouble?.refusals ?? 0)

function merge(old: OwedWrite | undefined, fresh: OwedWrite): OwedWrite {
  if (old === undefined) return { ...fresh, begun: false }
  const trouble = old.trouble && { ...old.trouble, not_before: 0 }
  const newest = fresh.version > old.version ? { ...fresh, trouble } : old
  const known = new Set(old.comments.map(({ marker }) => marker))
  const comments = [...old.comments, ...fresh.comments.filter(({ marker }) => !known.has(marker))]
  return { ...newest, comments, begun: old.begun, owed_since: Math.min(old.owed_since, fresh.owed_since) }
}
