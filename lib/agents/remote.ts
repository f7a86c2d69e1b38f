/** An agent that is asked over the network: its four questions, one repeat when an answer is malformed, and the bill. */
import type { Clock } from '#lib/clock'
import type { AgentEntry, Mark, Review, Spending, Task } from '#lib/councils/model'
import type { Agent, CallOptions, Judgement, Spoken } from '#lib/councils/ports'
import { type Question, type Stage, unheard } from './backend.ts'
import type { Answer, Caller, Route } from './caller.ts'
import type { PriceList } from './prices.ts'
import { askAgain, judgePrompt, type Prompt, proposePrompt, reviewPrompt, revisePrompt } from './prompts.ts'
import {
  judgementSchema,
  mergeReviews,
  type Reading,
  readJudgement,
  readProposal,
  readReviews,
  reviewSchema,
} from './reading.ts'
import { dimensionsOf } from './rubric.ts'

export interface RemotePorts {
  readonly caller: Caller
  readonly prices: PriceList
  readonly clock: Clock
}

/** A longer answer is no proposal anybody could review; four of them have to fit one prompt. */
const LONGEST_ANSWER = 100_000

interface Asking<T> {
  readonly question: Question
  readonly read: (text: string) => Reading<T>
  readonly merge?: (first: T, second: T) => T
}

export function createRemoteAgent(entry: AgentEntry, route: Route, { caller, prices, clock }: RemotePorts): Agent {
  return {
    entry,
    propose: (task, call) =>
      speak<string>({ question: ask('generate', proposePrompt(entry, task), { task }), read: readProposal }, call),

    review(task, proposals, call) {
      const dimensions = dimensionsOf(task.rubric)
      const numbers = proposals.map(({ proposal }) => proposal)
      const data = { task, dimensions, proposals }
      const question = ask('critique', reviewPrompt(entry, task, proposals), data, reviewSchema(dimensions, numbers))
      const read = (text: string) => readReviews(text, dimensions, numbers)
      return speak<readonly Review[]>({ question, read, merge: mergeReviews }, call)
    },

    revise(task, own, critiques, call) {
      const question = ask('revise', revisePrompt(entry, task, own, critiques), { task, own, critiques })
      return speak<string>({ question, read: readProposal }, call)
    },

    judge(task, candidates, call) {
      const numbers = candidates.map(({ candidate }) => candidate)
      const question = ask(
        'judge',
        judgePrompt(entry, task, candidates),
        { task, candidates },
        judgementSchema(numbers),
      )
      return speak<Judgement>({ question, read: (text) => readJudgement(text, numbers) }, call)
    },
  }

  function ask(
    stage: Stage,
    prompt: Prompt,
    about: { readonly task: Task } & Readonly<Record<string, unknown>>,
    schema: Question['schema'] = null,
  ): Question {
    const { agent_id, role, temperature, max_tokens } = entry
    return { stage, prompt, schema, temperature, max_tokens, data: { agent_id, role, ...about } }
  }

  /** Asks, and once more when the answer cannot be used or lacks something. What could be read of both stands. */
  async function speak<T>({ question, read, merge }: Asking<T>, call: CallOptions): Promise<Spoken<T>> {
    const began = clock.now()
    const first = understood(await caller(route, question, call), read)
    const bill = (...answers: readonly Answer[]) => billOf(answers, clock.now() - began)
    if (first.complaint === '') return outcome(route, first, bill(first.answer))

    const prompt = askAgain(question.prompt, first.complaint)
    // Another key: under the same one a vendor could answer with what it answered before.
    const again = { ...call, key: `${call.key}:again` }
    const second = understood(await caller(route, { ...question, prompt }, again), read)
    const spending = bill(first.answer, second.answer)
    if (first.value === undefined) return outcome(route, second, spending)
    const both = second.value !== undefined && merge !== undefined
    return outcome(
      route,
      { ...first, value: both ? merge(first.value, second.value) : (second.value ?? first.value) },
      spending,
    )
  }

  function billOf(answers: readonly Answer[], ms: number): Spending | null {
    const paid = answers.flatMap(({ by, heard }) =>
      heard.tokens === null ? [] : [{ by, heard, tokens: heard.tokens }],
    )
    const last = paid.at(-1)
    if (last === undefined) return null
    const told = (one: (typeof paid)[number]) => (one.heard.kind === 'heard' ? one.heard.cost_usd : null)
    return {
      input_tokens: sum(paid.map(({ tokens }) => tokens.input_tokens)),
      output_tokens: sum(paid.map(({ tokens }) => tokens.output_tokens)),
      cost_usd: sum(paid.map((one) => told(one) ?? prices.cost(one.by.model, one.tokens, one.by.own))),
      model: last.by.model,
      ms,
    }
  }
}

/** An answer and what could be made of it; a complaint is a reason to ask again. */
interface Understood<T> extends Reading<T> {
  readonly answer: Answer
}

function understood<T>(answer: Answer, read: (text: string) => Reading<T>): Understood<T> {
  const { by, heard } = answer
  if (heard.kind === 'heard' && Buffer.byteLength(heard.text) > LONGEST_ANSWER) {
    const message = `${by.vendor} answers with more than ${LONGEST_ANSWER} bytes.`
    const failure = unheard('too_large', message, { tokens: heard.tokens })
    return { answer: { ...answer, heard: failure }, value: undefined, complaint: '' }
  }
  if (heard.kind === 'heard') return { answer, ...read(heard.text) }
  const complaint = heard.failure.kind === 'malformed' ? 'it could not be read' : ''
  return { answer, value: undefined, complaint }
}

function outcome<T>(route: Route, { answer, value, complaint }: Understood<T>, spending: Spending | null): Spoken<T> {
  const { by, heard } = answer
  if (value !== undefined && spending !== null)
    return { kind: 'spoken', value, spending, marks: marksOf(route, answer) }
  if (heard.kind === 'unheard') return { kind: 'failed', failure: heard.failure, spending }
  return {
    kind: 'failed',
    failure: { kind: 'malformed', message: `${by.vendor} was asked twice: ${complaint}.` },
    spending,
  }
}

/** What is to be known of an answer besides its text. */
function marksOf({ first }: Route, { by, insteadOf }: Answer): readonly Mark[] {
  if (insteadOf === null) return []
  return [{ kind: 'fallback_model', message: `${by.model} answered for ${first.model} (${insteadOf.kind})` }]
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0)
