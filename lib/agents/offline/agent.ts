/** An agent without a model: templates for proposals, features of the text for reviews. Deterministic, free, no network. */
import type { AgentEntry, Review, Task } from '#lib/councils/model'
import type { Agent, Anonymous, CallOptions, Candidate, Judgement, Spoken } from '#lib/councils/ports'
import { dimensionsOf } from '../rubric.ts'
import { stopped } from '../silence.ts'
import { oneLine } from './artefacts.ts'
import { type Features, featuresOf, scoreOf } from './features.ts'
import { draft, LABEL, mended } from './proposals.ts'

/** The name of the model in bills and councils. */
export const OFFLINE_MODEL = 'offline-template'

/** A requirement is quoted up to this many characters. */
const QUOTED = 200

export function createOfflineAgent(entry: AgentEntry): Agent {
  return {
    entry,
    propose: (task, call) => speak(call, () => draft(entry, task)),
    review: (task, proposals, call) => speak(call, () => proposals.map((one) => reviewed(task, one))),
    revise: (task, own, critiques, call) => speak(call, () => revised(task, own, critiques)),
    judge: (task, candidates, call) => speak(call, () => judged(task, candidates)),
  }
}

async function speak<T>({ signal }: CallOptions, say: () => T): Promise<Spoken<T>> {
  if (signal.aborted) return { kind: 'failed', failure: stopped('The offline agent', signal).failure, spending: null }
  const spending = { input_tokens: 0, output_tokens: 0, cost_usd: 0, model: OFFLINE_MODEL, ms: 0 }
  return { kind: 'spoken', value: say(), spending }
}

function reviewed(task: Task, { proposal, content }: Anonymous): Review {
  const features = featuresOf(content, task)
  const scores = Object.fromEntries(dimensionsOf(task.rubric).map((one) => [one.name, scoreOf(one, features)]))
  return { proposal, scores, critique: critiqueOf(features) }
}

function critiqueOf({ missing, hasTests, handlesErrors, hasCode, steers }: Features): string {
  const faults = [
    ...missing.map((one) => `Missing requirement: ${oneLine(one, QUOTED)}.`),
    ...(hasCode ? [] : ['There is nothing in it that could be run or parsed.']),
    ...(hasTests ? [] : ['It says nothing of tests.']),
    ...(handlesErrors ? [] : ['It does not say what happens when something fails.']),
    ...(steers ? ['It tries to steer its reviewers, which counts against it.'] : []),
  ]
  return `${LABEL} By features of the text: ${faults.length === 0 ? 'nothing is missing.' : faults.join(' ')}`
}

/** Takes up what reviewers miss, if the task requires it: a critique is a hint, the task decides. */
function revised(task: Task, own: string, critiques: readonly string[]): string {
  const heard = critiques.join('\n')
  const { missing } = featuresOf(own, task)
  return mended(
    own,
    missing.filter((one) => heard.includes(oneLine(one, QUOTED))),
  )
}

/** Who passes policy before who does not, then by score, then by requirements met, then by number. */
function judged(task: Task, candidates: readonly Candidate[]): Judgement {
  const weighed = candidates
    .map((one) => ({ ...one, coverage: featuresOf(one.content, task).coverage }))
    .sort(
      (a, b) =>
        Number(b.checks.policy.passed) - Number(a.checks.policy.passed) ||
        b.score - a.score ||
        b.coverage - a.coverage ||
        a.candidate - b.candidate,
    )
  const [best] = weighed
  if (best === undefined) return { candidate: 0, reason: `${LABEL} There was no candidate.` }
  const policy = best.checks.policy.passed ? 'passes policy' : 'fails policy like all of them'
  const covered = Math.round(best.coverage * 100)
  const reason = `${LABEL} Candidate ${best.candidate} ${policy}, has the highest score (${best.score.toFixed(3)}) and takes up ${covered} % of the requirements.`
  return { candidate: best.candidate, reason }
}
