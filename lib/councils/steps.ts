/** One step of a run: what is put before the agent, and what is kept of its answer. */
import { maskSecrets } from '#lib/secrets/secrets'
import { finalists } from './architect.ts'
import { type Book, openBook } from './book.ts'
import { isTruncated, truncated } from './marks.ts'
import { CHECK_NAMES, type CheckSuite, type Failure, type Mark } from './model.ts'
import { authorsOf } from './plan.ts'
import type { Agent, CallOptions, Checks, Spoken } from './ports.ts'
import { rank } from './rank.ts'
import type { Loaded, Said, Step } from './run.ts'
import { anonymous, dealt, shuffled } from './shuffle.ts'
import { votesOf } from './votes.ts'

/** A text longer than this is no proposal; it has to fit beside its key into an item of the store. */
const PROPOSAL_MAX_BYTES = 100_000
const REASON_MAX = 4_000
const FAILURE_MAX = 500
/** Marks of one answer that are kept. */
const MARKS_MAX = 20

export interface Performed {
  readonly said: Said
  readonly spending: Spoken<unknown>['spending']
  readonly marks?: readonly Mark[]
}

/** Asks `agent` for the step. Its answer is judged here: one that is out of bounds is a failure. */
export async function ask(loaded: Loaded, step: Step, agent: Agent, call: CallOptions): Promise<Performed> {
  const { task } = loaded.brief
  const book = openBook(loaded.outputs)
  switch (step.stage) {
    case 'propose':
      return kept(await agent.propose(task, call), textSaid)
    case 'review':
      return review(loaded, step, agent, call)
    case 'revise': {
      const own = book.texts(step.agent_id).at(-1) ?? ''
      return kept(await agent.revise(task, own, book.critiques(step.round, step.agent_id), call), textSaid)
    }
    case 'judge':
      return judge(loaded, book, agent, call)
    case 'check':
      throw new Error('A check is no call of an agent.')
  }
}

/** Runs the checks over the newest text of the step's author. */
export async function check({ brief, outputs }: Loaded, step: Step, checks: Checks): Promise<Said> {
  const text = openBook(outputs).texts(step.agent_id).at(-1) ?? ''
  const suite = await checks.run(brief.task, text).catch((error: unknown) => unchecked(error))
  return { kind: 'checks', suite: isTruncated(outputs, step.agent_id) ? truncated(suite) : suite }
}

/** Checks that break vouch for nothing; were they to break the run, it would break again whenever it is resumed. */
function unchecked(error: unknown): CheckSuite {
  const said = maskSecrets(error instanceof Error ? error.message : String(error))
  const why = `The checks broke: ${said}`.slice(0, FAILURE_MAX)
  return {
    policy: { passed: false, violations: [], message: why },
    lint: { passed: false, error_count: 1, warning_count: 0, errors: [why] },
    dryrun: { passed: false, output: '', exit_code: 1, message: why },
    additional_checks: [],
    all_passed: false,
    unjudged: CHECK_NAMES,
  }
}

async function review(loaded: Loaded, step: Step, agent: Agent, call: CallOptions): Promise<Performed> {
  const { run, brief } = loaded
  const book = openBook(loaded.outputs)
  const authors = dealt(run.seed, step.round, step.agent_id, authorsOf(brief, book))
  const ids = brief.agents.map(({ agent_id }) => agent_id)
  const shown = authors.map((author, at) => ({
    proposal: at + 1,
    content: anonymous(textBefore(loaded, author, step.round), ids),
  }))
  const performed = kept(await agent.review(brief.task, shown, call), (reviews) => {
    const votes = Array.isArray(reviews) ? votesOf(reviews, authors) : []
    return votes.length > 0 ? { kind: 'votes', votes } : failed('malformed', 'No valid vote was among the reviews.')
  })
  return markedWhereVoid(performed, authors.length)
}

/** A reviewer that judged some of the proposals only says so, whether or not the agent said it itself. */
function markedWhereVoid(performed: Performed, shown: number): Performed {
  const { said, marks = [] } = performed
  const isWhole = said.kind !== 'votes' || said.votes.length >= shown
  if (isWhole || marks.some(({ kind }) => kind === 'void_review')) return performed
  const message = `${said.votes.length} of ${shown} proposals have a valid review.`
  return { ...performed, marks: [...marks, { kind: 'void_review', message }] }
}

/** The text that a round reviews, also when another process has begun to revise it since. */
function textBefore({ outputs }: Loaded, author: string, round: number): string {
  const before = outputs.filter((output) => output.stage !== 'revise' || output.round < round)
  return openBook(before).texts(author).at(-1) ?? ''
}

async function judge({ run, brief }: Loaded, book: Book, agent: Agent, call: CallOptions): Promise<Performed> {
  const ids = brief.agents.map(({ agent_id }) => agent_id)
  const best = finalists(rank(authorsOf(brief, book), book), run.top_k)
  const order = shuffled(`${run.seed}/judge`, best)
  const candidates = order.flatMap(({ agent_id, score }, at) => {
    const checks = book.checks(agent_id)
    const content = anonymous(book.texts(agent_id).at(-1) ?? '', ids)
    return checks === undefined ? [] : [{ candidate: at + 1, content, checks, score }]
  })
  return kept(await agent.judge(brief.task, candidates, call), ({ candidate, reason }) => {
    const chosen = order[candidate - 1]?.agent_id
    if (chosen === undefined) return failed('malformed', 'The architect chose a candidate that does not exist.')
    return {
      kind: 'choice',
      chosen,
      reason: String(reason ?? '')
        .slice(0, REASON_MAX)
        .toWellFormed(),
    }
  })
}

function kept<T>(spoken: Spoken<T>, said: (value: T) => Said): Performed {
  const { spending, marks = [] } = spoken
  const result = spoken.kind === 'spoken' ? said(spoken.value) : failureSaid(spoken.failure)
  return { said: result, spending, ...(marks.length > 0 && { marks: marks.slice(0, MARKS_MAX).map(bounded) }) }
}

function bounded({ kind, message }: Mark): Mark {
  return { kind, message: message.slice(0, FAILURE_MAX).toWellFormed() }
}

function textSaid(text: unknown): Said {
  if (typeof text !== 'string' || text.trim() === '') return failed('malformed', 'The answer is empty.')
  const whole = text.toWellFormed()
  if (Buffer.byteLength(whole) <= PROPOSAL_MAX_BYTES) return { kind: 'text', text: whole }
  return failed('too_large', `The answer has more than ${PROPOSAL_MAX_BYTES} bytes.`)
}

function failureSaid({ kind, message }: Failure): Said {
  return failed(kind, message)
}

export function failed(kind: Failure['kind'], message: string): Said {
  return { kind: 'failed', failure: { kind, message: maskSecrets(message).slice(0, FAILURE_MAX).toWellFormed() } }
}
