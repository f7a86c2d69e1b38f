/** The maintainer: looks now and then at what awaits review, sends one pull request back, approves and merges the others. */
import * as z from 'zod'
import { type Clock, type Instant, type Sleep, seconds } from '#lib/clock'
import { call } from './calls.ts'
import type { Ground } from './ground.ts'
import { REPOSITORY, type Scenario } from './scenario.ts'

export interface Maintainer {
  /** When merging an issue's pull request began. */
  readonly merging: ReadonlyMap<number, Instant>
  /** The gate as it was last seen. */
  gate(): Gate | undefined
  /** Looks until `signal` is aborted. */
  run(signal: AbortSignal): Promise<void>
}

export interface Gate {
  readonly closed: boolean
  readonly pending: number
  readonly limit: number
}

export interface MaintainerPorts {
  readonly ground: Pick<Ground, 'dev' | 'github'>
  readonly clock: Clock
  readonly sleep: Sleep
  readonly tell: (line: string) => void
}

const pull = z.object({ number: z.number(), issue_number: z.number() })
type Pull = z.infer<typeof pull>

const status = z.object({
  repositories: z.array(
    z.object({
      gate: z.enum(['open', 'closed']),
      limit: z.number(),
      pending_count: z.number(),
      pending: z.array(pull),
    }),
  ),
})

/** How often she looks whether there is something to review. */
const GLANCE_MS = 500
/** A pull request waits for her no longer than this; when the gate is closed she comes sooner. */
const PATIENCE = seconds(4)
/** A closed gate is left closed for this long, so that it can be seen. */
const CLOSED_FOR = seconds(1)

export function createMaintainer(
  { ground: { dev, github }, clock, sleep, tell }: MaintainerPorts,
  { sendBack }: Scenario,
): Maintainer {
  const merging = new Map<number, Instant>()
  const pulls = `${github.url}/repos/${REPOSITORY}/pulls`
  const to = (path: string, method: 'POST' | 'PUT', json: object) =>
    call(`${pulls}${path}`, z.unknown(), { method, token: github.token, json })
  /** `asked`: it may still be listed as it was before she asked. */
  let rework: 'to ask' | 'asked' | 'under way' = 'to ask'
  let gate: Gate | undefined
  let since: Instant | undefined

  async function review({ number, issue_number: issue }: Pull) {
    if (issue === sendBack.number && rework === 'to ask') {
      rework = 'asked'
      tell(`maintainer  asks for changes of #${issue}: ${sendBack.feedback}`)
      await to(`/${number}/reviews`, 'POST', { event: 'REQUEST_CHANGES', body: sendBack.feedback })
      return
    }
    await to(`/${number}/reviews`, 'POST', { event: 'APPROVE' })
    merging.set(issue, merging.get(issue) ?? clock.now())
    await to(`/${number}/merge`, 'PUT', {})
    tell(`maintainer  merged the pull request of #${issue}`)
  }

  /** What she has not judged; what she judged a moment ago may still be listed. */
  function freshOf(pending: readonly Pull[]): readonly Pull[] {
    const isListed = pending.some(({ issue_number }) => issue_number === sendBack.number)
    if (rework === 'asked' && !isListed) rework = 'under way'
    return pending.filter(
      ({ issue_number: issue }) => !merging.has(issue) && !(rework === 'asked' && issue === sendBack.number),
    )
  }

  function noteGate(now: Gate): void {
    if (now.closed !== (gate?.closed ?? false)) {
      tell(`gate        ${now.closed ? `closed: ${now.pending} pull requests await review` : 'open'}`)
    }
    gate = now
  }

  async function glance(): Promise<void> {
    const [mine] = (await call(`${dev.url}/pr-review/status`, status, { token: dev.tokens.reader })).repositories
    if (mine === undefined) return
    const closed = mine.gate === 'closed'
    noteGate({ closed, pending: mine.pending_count, limit: mine.limit })
    const fresh = freshOf(mine.pending)
    if (fresh.length > 0) since ??= clock.now()
    if (since === undefined || clock.now() - since < (closed ? CLOSED_FOR : PATIENCE)) return
    for (const each of fresh) await review(each)
    since = undefined
  }

  return {
    merging,
    gate: () => gate,
    async run(signal) {
      while (!signal.aborted) {
        await glance()
        await sleep(GLANCE_MS)
      }
    },
  }
}
