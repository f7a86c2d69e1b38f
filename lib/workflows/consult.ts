/** Consultations: an expert of the hub is asked; where he is not sure enough, a human answers. */
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Topic } from './definition.ts'
import { canonical, digestOf } from './digest.ts'
import type { Engine } from './engine.ts'
import type { AgentHub, Asked, Consultation, ConsultationStore, HumanAction } from './ports.ts'
import { consultationView } from './views.ts'

export interface ConsultPorts {
  readonly engine: Pick<Engine, 'load'>
  readonly consultations: ConsultationStore
  readonly hub: AgentHub
  readonly clock: Clock
  /** Told when the hub could not be told what a human said: the answer counts all the same. */
  readonly warn: (message: string, facts: Readonly<Record<string, unknown>>) => void
}

export interface Inquiry {
  readonly topic: Topic
  readonly question: string
  readonly context: string | Readonly<Record<string, unknown>> | undefined
  readonly actor: string
}

export interface HumanWord {
  readonly action: HumanAction
  readonly response: string | undefined
  readonly responder: string
}

/** Below this the hub's word is not enough; for security it has to be nearly sure. */
const CONFIDENT = 80
const CONFIDENT_IN_SECURITY = 95
/** A request at API Gateway ends after 29 seconds; the answer has to be stored before. */
const ASK_MS = 24_000
const TELL_MS = 5_000
/** A view shows them all. */
const MOST_CONSULTATIONS = 100
const ID_LENGTH = 16

export function confidenceNeeded(topic: Topic): number {
  return topic === 'security' ? CONFIDENT_IN_SECURITY : CONFIDENT
}

export function createConsult({ engine, consultations, hub, clock, warn }: ConsultPorts) {
  return { consult, answer }

  /** The same question with the same context is asked and paid for once; `fresh` tells whether it was new. */
  async function consult(featureId: string, inquiry: Inquiry) {
    const { workflow } = await engine.load(featureId)
    const asked = questionOf(featureId, inquiry, workflow.created_at)
    const known = await consultations.find(featureId, asked.id)
    if (known !== undefined && known.state !== 'asked') return { fresh: false, view: consultationView(known) }
    const open = known ?? (await opened(asked))
    const heard = await ask(open, `consultation:${featureId}:${open.id}`)
    return { fresh: known === undefined, view: consultationView(await settled(heard)) }
  }

  /** A human's word on an open consultation. Throws `conflict` when it is answered already. */
  async function answer(featureId: string, id: string, word: HumanWord) {
    await engine.load(featureId)
    const found = await consultations.find(featureId, id)
    if (found === undefined) throw new AppError('not_found', `The workflow ${featureId} has no consultation ${id}.`)
    checkOpen(found)
    const human = { ...word, response: word.response ?? null, at: clock.now() }
    const next = word.action === 'add_context' ? await askedAgain(found, word) : decided(found, word)
    const after = { ...next, human, answered_at: clock.now() }
    if (!(await consultations.save(after))) throw answeredAlready(id)
    await tellHub(found, human)
    return consultationView(after)
  }

  async function opened(asked: Consultation): Promise<Consultation> {
    if ((await consultations.all(asked.feature_id)).length >= MOST_CONSULTATIONS) {
      throw new AppError('conflict', `A workflow has at most ${MOST_CONSULTATIONS} consultations.`)
    }
    const fresh = { ...asked, asked_at: clock.now() }
    await consultations.save(fresh)
    // Somebody may have asked the very same in this moment; his record is as good as ours.
    return (await consultations.find(asked.feature_id, asked.id)) ?? fresh
  }

  async function ask(open: Consultation, idempotencyKey: string, context = open.context): Promise<Consultation> {
    const { topic, question, feature_id } = open
    const session_id = `workflow:${feature_id}`
    const reply = await hub.ask(
      { topic, question, feature_id, context, session_id },
      { idempotencyKey, deadlineMs: ASK_MS },
    )
    if (reply.kind === 'answer') return withReply(open, reply)
    throw new AppError('upstream_unavailable', `The agent hub gave no usable answer: ${reply.message}`, {
      details: { service: 'agent_hub', consultation_id: open.id },
    })
  }

  async function settled(heard: Consultation): Promise<Consultation> {
    const after = { ...heard, answered_at: heard.state === 'resolved' ? clock.now() : null }
    if (await consultations.save(after)) return after
    return (await consultations.find(heard.feature_id, heard.id)) ?? after
  }

  async function askedAgain(found: Consultation, word: HumanWord): Promise<Consultation> {
    const context = [found.context, `${word.responder} adds: ${word.response ?? ''}`].filter(Boolean).join('\n\n')
    return ask({ ...found, context }, `consultation:${found.feature_id}:${found.id}:${found.version}`, context)
  }

  async function tellHub(found: Consultation, human: NonNullable<Consultation['human']>): Promise<void> {
    if (found.escalation_id === null || found.escalation_id === ownEscalation(found.id)) return
    const { action, response, responder } = human
    const options = { idempotencyKey: `escalation:${found.escalation_id}:${found.version}`, deadlineMs: TELL_MS }
    try {
      await hub.answerEscalation(found.escalation_id, { action, response, responder }, options)
    } catch (error) {
      warn('the agent hub was not told of an answer', { consultation_id: found.id, error })
    }
  }
}

/** A question not asked yet. Its id is made of what it says, so that a repeat finds it. */
function questionOf(feature_id: string, inquiry: Inquiry, asked_at: number): Consultation {
  const { topic, question, context: given = '', actor } = inquiry
  const context = typeof given === 'string' ? given : canonical(given)
  return {
    feature_id,
    id: digestOf(canonical([feature_id, topic, question, context])).slice(0, ID_LENGTH),
    topic,
    question,
    context,
    asked_by: actor,
    asked_at,
    state: 'asked',
    answer: null,
    rationale: null,
    confidence: null,
    uncertainty_reasons: [],
    escalation_id: null,
    human: null,
    answered_at: null,
    version: 0,
  }
}

/** What the hub said, with its doubts taken seriously: too little confidence is a question for a human. */
function withReply(open: Consultation, reply: Asked): Consultation {
  const sure = reply.confidence >= confidenceNeeded(open.topic)
  const state = reply.status === 'resolved' && !sure ? 'pending_human' : reply.status
  const { answer, rationale, confidence, uncertainty_reasons } = reply
  const escalation_id = state === 'resolved' ? null : (reply.escalation_id ?? ownEscalation(open.id))
  return { ...open, state, answer, rationale, confidence, uncertainty_reasons, escalation_id }
}

function decided(found: Consultation, word: HumanWord): Consultation {
  if (word.action === 'confirm' && found.answer === null) {
    throw new AppError('conflict', 'There is no answer to confirm. Give the right one with the action correct.')
  }
  const answer = word.action === 'correct' ? (word.response ?? null) : found.answer
  return { ...found, state: 'resolved', answer }
}

const ownEscalation = (id: string): string => `consultation-${id}`

function checkOpen({ id, state }: Consultation): void {
  if (state === 'resolved') throw answeredAlready(id)
  if (state === 'asked') {
    throw new AppError('conflict', 'The agent hub has not answered this question yet. Ask it again first.')
  }
}

function answeredAlready(id: string): AppError {
  return new AppError('conflict', `The consultation ${id} is answered already.`)
}
