/** Lets a step of a reconcile pass only with text that somebody with write access has asked for. */
import type { Instant } from '#lib/clock'
import { asItReads } from './decide.ts'
import { planIssue, type Step } from './plan-issue.ts'
import type { QueueStore } from './ports.ts'
import type { Doubts, SourceIssue } from './source.ts'
import { isSettled, type LabelTrust, readsOtherwise, recalled } from './trust.ts'

export interface GuardPorts {
  readonly store: Pick<QueueStore, 'body'>
  readonly trigger: string
  /** Who may ask for work; left out, whoever can put the label on. */
  readonly trust?: LabelTrust | undefined
}

/** What a run knows of issues that are not trusted. */
export interface Watch {
  readonly now: Instant
  /** Found by earlier runs. */
  readonly known: Doubts
  /** Found by this one, known before or not. */
  readonly found: Record<string, Doubts[string]>
}

type Risky = Extract<Step, { kind: 'add' | 'redrive' | 'refresh' }>

/** The step itself, or what is left of it: nothing for an issue that is not queued, all but the text for one that is. */
export function createGuard({ store, trigger, trust }: GuardPorts) {
  return async function guard(step: Step, watch: Watch): Promise<Step> {
    if (trust === undefined || !isRisky(step)) return step
    const { issue } = step
    const why = recalled(watch.known, issue) ?? (await doubted(trust, issue))
    if (why === undefined) return step
    if (!isSettled(issue, watch.now)) return { kind: 'wait', number: issue.number }
    watch.found[issue.number] = { updated_at: issue.updated_at, why }
    return step.kind === 'refresh' ? withoutText(step) : { kind: 'leave', number: issue.number, why }
  }

  async function withoutText({ issue, job }: Extract<Step, { kind: 'refresh' }>): Promise<Step> {
    const known = asItReads(job)
    const asBefore = { ...issue, title: known.facts.title, body: await store.body(known) }
    return planIssue(asBefore, { live: job, record: undefined, mirror: undefined }, trigger)
  }
}

function isRisky(step: Step): step is Risky {
  if (step.kind === 'refresh') return readsOtherwise(step.issue, asItReads(step.job))
  return step.kind === 'add' || step.kind === 'redrive'
}

async function doubted(trust: LabelTrust, issue: SourceIssue): Promise<string | undefined> {
  const judgement = await trust.judge(issue)
  return judgement.trusted ? undefined : judgement.why
}
