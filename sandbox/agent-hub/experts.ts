/** What the stand-in's experts say: believable, and always the same to the same question. */
import { createHash } from 'node:crypto'

export const TOPICS = ['architecture', 'security', 'testing', 'frontend', 'backend', 'devops'] as const
export type Topic = (typeof TOPICS)[number]

/** An expert: who answers, from what point of view. */
export interface Expert {
  readonly name: string
  readonly advice: readonly string[]
  readonly concern: string
  readonly files: readonly string[]
}

const EXPERTS: Readonly<Record<Topic, Expert>> = {
  architecture: {
    name: 'architect',
    advice: [
      'Keep the decision apart from its effects: a pure module that plans, a thin one that executes.',
      'Put the boundary where the data changes owner, and let the two sides meet in events.',
      'Begin with one service and one table; split when a part has to scale or be deployed on its own.',
    ],
    concern: 'The expected load is not stated, so the choice of storage is a guess.',
    files: ['docs/specification.md', 'docs/plan.md', 'docs/decisions/001-boundaries.md'],
  },
  security: {
    name: 'security-engineer',
    advice: [
      'Verify the signature on the raw bytes, in constant time, before anything is parsed.',
      'Issue short-lived tokens with one scope each, and keep only their digests.',
      'Treat every address a user can set as hostile: resolve it, refuse private ranges, follow no redirect.',
    ],
    concern: 'Who may read these records is not defined.',
    files: ['docs/threat-model.md'],
  },
  testing: {
    name: 'test-engineer',
    advice: [
      'Test the decision with plain values, and the writes against the real engine.',
      'State the invariants first; let generated sequences look for the one that breaks them.',
      'Move the clock in the test instead of waiting for it.',
    ],
    concern: 'Which failures are acceptable is not said.',
    files: ['test/feature.test.ts', 'test/invariants.test.ts'],
  },
  frontend: {
    name: 'frontend-engineer',
    advice: [
      'Show the state the server confirmed, and mark what is still on its way.',
      'Give every control a name and a visible focus before giving it a colour.',
      'Load the list in pages; keep the place when somebody comes back.',
    ],
    concern: 'No design exists for the empty and the failed state.',
    files: ['web/feature.tsx', 'web/feature.css'],
  },
  backend: {
    name: 'backend-engineer',
    advice: [
      'Make the write conditional on the version that was read; who loses reads again.',
      'Give each request an idempotency key, so that a repeat is answered and not done again.',
      'Bound every input by a schema and every call by a deadline.',
    ],
    concern: 'The behaviour at the limits of the input is not specified.',
    files: ['lib/feature/decide.ts', 'lib/feature/service.ts', 'functions/feature/create.ts'],
  },
  devops: {
    name: 'devops-engineer',
    advice: [
      'Deploy the reader before the writer, so that both versions live side by side for a while.',
      'Alarm on what users feel: age of the oldest waiting item, share of failed requests.',
      'Give each function the rights it uses and no others.',
    ],
    concern: 'The recovery time that is expected is not stated.',
    files: ['serverless.yml', 'docs/operations.md'],
  },
}

/** How sure an expert is at least and at most; security is careful, and rightly so. */
const SURE: Readonly<Record<Topic, readonly [number, number]>> = {
  architecture: [82, 95],
  security: [95, 99],
  testing: [84, 97],
  frontend: [82, 95],
  backend: [84, 97],
  devops: [83, 96],
}
/** Words that make an expert unsure. */
const DOUBTFUL = /\b(unsure|unclear|legacy|migrat|unknown|maybe|either)/i
const UNSURE = 62

export interface Opinion {
  readonly text: string
  readonly rationale: string
  readonly confidence: number
  readonly reasons: readonly string[]
}

/** A number from 0 to below `below` that depends on the words alone. */
export function numberOf(words: string, below: number): number {
  return createHash('sha256').update(words).digest().readUInt32BE(0) % below
}

export function isTopic(text: string): text is Topic {
  return (TOPICS as readonly string[]).includes(text)
}

/** What the expert of `topic` thinks; `unsure` makes him doubt whatever he is asked. */
export function opinionOf(topic: Topic, question: string, context: string, unsure: boolean): Opinion {
  const expert = EXPERTS[topic]
  const words = `${topic}\n${question}\n${context}`
  const advice = expert.advice[numberOf(words, expert.advice.length)] ?? ''
  const [least, most] = SURE[topic]
  const doubts = unsure || (DOUBTFUL.test(question) && context.trim() === '')
  return {
    text: `${advice} For “${question.trim().slice(0, 120)}” that is where to begin.`,
    rationale: `As ${expert.name}: it keeps the change small, can be tested by itself, and can be taken back.`,
    confidence: doubts ? UNSURE + numberOf(words, 12) : least + numberOf(words, most - least + 1),
    reasons: doubts ? [expert.concern] : [],
  }
}

/** The result of a piece of work, in the shape of a specification, a plan or a change. */
export function workOf(topic: Topic, workflowType: string, subject: string, reason: string | undefined) {
  const expert = EXPERTS[topic]
  const reworked = reason === undefined ? '' : `\n\nReworked because: ${reason.slice(0, 500)}`
  const first = expert.advice[numberOf(subject, expert.advice.length)] ?? ''
  return {
    output: `# ${workflowType}: ${subject.slice(0, 200)}\n\n${first}\n\n1. Agree on the outcome.\n2. Build the smallest part that shows it.\n3. Prove it with a test.${reworked}`,
    files_created: expert.files,
    files_read: ['README.md'],
    data: { workflow_type: workflowType, steps: 3 },
  }
}
