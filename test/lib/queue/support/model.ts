/** The queue in a few plain rules, to hold the real one against. No store, no tickets, no pointers but the last lease. */
import type { Job, Priority, ReportKind } from '#lib/queue/model'
import { PRIORITIES } from '#lib/queue/model'
import { POLICY } from '#test/helpers/queue'

export interface Issue {
  number: number
  priority: Priority
  status: 'pending' | 'leased' | 'finished'
  withdrawn: boolean
  worker: string
  token: number
  expires: number
  notBefore: number
  failures: number
  lost: number
  postponed: number
  generation: number
  ended: { worker: string; token: number; kind: string } | null
}

export interface Said {
  readonly worker: string
  readonly token: number | undefined
  readonly kind: ReportKind
}

export type Verdict = 'accept' | 'repeat' | 'lease_lost' | 'already_finished' | 'not_found'

const POSTPONE_MS = [30_000, 60_000, 120_000, 240_000, 480_000]
const POSTPONE_MAX_MS = 900_000

export class Model {
  readonly issues = new Map<number, Issue>()
  /** The last lease each worker was given, while the queue remembers it. */
  readonly pointers = new Map<string, { number: number; token: number; expires: number }>()
  /** Set by a crash: the line may hold tickets that nobody can take, so that its order is not foreseeable. */
  isFuzzy = false

  add(number: number, priority: Priority, now: number): void {
    this.issues.set(number, {
      ...{ number, priority, status: 'pending', withdrawn: false, worker: '', token: 0, expires: 0 },
      ...{ notBefore: now, failures: 0, lost: 0, postponed: 0, generation: 1, ended: null },
    })
  }

  /** What `worker` may be given at `now`: the issues that are right, none when there is nothing. */
  ask(worker: string, now: number): readonly Issue[] {
    const pointer = this.pointers.get(worker)
    const own = pointer && this.issues.get(pointer.number)
    if (own?.status === 'leased' && own.worker === worker && now < own.expires) return [own]
    if (own?.status === 'leased' && own.worker === worker) this.expire(own, now)
    if (own?.status === 'pending') this.pointers.delete(worker)
    const due = this.due(now)
    return due.length > 0 ? due : this.askAgain(now)
  }

  /** What may be given after the leases that ran out were ended, too. */
  askAgain(now: number): readonly Issue[] {
    this.reap(now)
    return this.due(now)
  }

  lease(issue: Issue, worker: string, now: number): void {
    if (issue.status === 'leased') return
    issue.token += 1
    Object.assign(issue, { status: 'leased', worker, expires: now + POLICY.leaseMs })
    this.pointers.set(worker, { number: issue.number, token: issue.token, expires: issue.expires })
  }

  reap(now: number): void {
    for (const [worker, pointer] of this.pointers) {
      if (now < pointer.expires) continue
      const issue = this.issues.get(pointer.number)
      const isOwn = issue?.status === 'leased' && issue.worker === worker && issue.token === pointer.token
      if (isOwn && now < issue.expires) continue
      if (isOwn) this.expire(issue, now)
      this.pointers.delete(worker)
    }
  }

  judge(number: number, said: Said, now: number): Verdict {
    const { worker, kind } = said
    const issue = this.issues.get(number)
    if (issue === undefined) return 'not_found'
    const pointer = this.pointers.get(worker)
    const token = said.token ?? (pointer?.number === number ? pointer.token : undefined)
    const { ended } = issue
    const isSame = ended !== null && ended.worker === worker && ended.kind === kind
    const mine = issue.status === 'leased' && issue.worker === worker
    if (isSame && (token === undefined ? !mine : token === ended.token)) return 'repeat'
    if (issue.status === 'finished') return 'already_finished'
    return mine && (token === undefined || token === issue.token) && now < issue.expires ? 'accept' : 'lease_lost'
  }

  report(issue: Issue, kind: ReportKind, now: number): void {
    issue.ended = { worker: issue.worker, token: issue.token, kind }
    Object.assign(issue, { status: 'pending', notBefore: now })
    if (kind === 'completed') issue.status = 'finished'
    if (kind === 'failed' && ++issue.failures >= POLICY.maxAttempts) issue.status = 'finished'
    if (kind === 'rate_limited' || kind === 'infrastructure') {
      issue.notBefore = now + (POSTPONE_MS[issue.postponed] ?? POSTPONE_MAX_MS)
      if (++issue.postponed >= POLICY.maxPostponed) issue.status = 'finished'
    }
  }

  withdraw(issue: Issue): void {
    Object.assign(issue, { status: 'finished', withdrawn: true })
  }

  redrive(issue: Issue, now: number): void {
    const fresh = { failures: 0, lost: 0, postponed: 0, generation: issue.generation + 1 }
    Object.assign(issue, fresh, { status: 'pending', withdrawn: false, notBefore: now })
  }

  /** After a crash: what the store says is what happened. */
  adopt(job: Job, pointers: readonly [string, { number: number; token: number; expires: number } | null][]): void {
    const { state, counts, key } = job
    const lease = state.kind === 'leased' ? { worker: state.lease.worker, expires: state.lease.expires_at } : {}
    this.issues.set(key.number, {
      ...{ number: key.number, priority: job.facts.priority, status: state.kind, worker: '', expires: 0, ...lease },
      ...{ withdrawn: state.kind === 'finished' && state.finish.outcome === 'withdrawn', token: job.token },
      ...{ notBefore: state.kind === 'pending' ? state.not_before : 0, generation: job.generation },
      ...{ failures: counts.failures, lost: counts.workers_lost, postponed: counts.postponed },
      ended: job.ended && { worker: job.ended.worker, token: job.ended.token, kind: job.ended.report },
    })
    for (const [worker, pointer] of pointers) {
      if (pointer === null) this.pointers.delete(worker)
      else this.pointers.set(worker, pointer)
    }
    this.isFuzzy = true
  }

  private due(now: number): readonly Issue[] {
    return [...this.issues.values()]
      .filter((issue) => issue.status === 'pending' && issue.notBefore <= now)
      .sort((a, b) => PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || a.number - b.number)
  }

  private expire(issue: Issue, now: number): void {
    issue.ended = { worker: issue.worker, token: issue.token, kind: 'expired' }
    issue.lost += 1
    Object.assign(issue, { status: issue.lost >= POLICY.maxWorkersLost ? 'finished' : 'pending', notBefore: now })
  }
}
