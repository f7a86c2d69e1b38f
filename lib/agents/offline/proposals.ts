/** The offline agents' proposals: templates by role and variant, which say of themselves that they are nothing more. */
import type { AgentEntry, Task } from '#lib/councils/model'
import { numberOf } from '../prompts.ts'
import { jsonSchemaOf, manifestOf, oneLine, slugOf, testOf, typescriptOf } from './artefacts.ts'

/** Begins every text of an offline agent, so that nobody takes it for the word of a model. */
export const LABEL = '[offline template, no model was asked]'

interface Variant {
  readonly name: string
  readonly approach: string
  /** How many requirements its first draft leaves to the reviewers to miss. */
  readonly leaves: number
  readonly blocks: (slug: string) => readonly string[]
}

const LIBRARY: Variant = {
  name: 'a pure decision first',
  approach: 'Decide in a pure function, act in a thin one around it; errors are values until they leave.',
  leaves: 0,
  blocks: (slug) => [typescriptOf(slug), testOf(slug)],
}
const CONTRACT: Variant = {
  name: 'the contract first',
  approach: 'Fix the shape of the data in a schema, validate at the border, and let both sides grow behind it.',
  leaves: 1,
  blocks: (slug) => [jsonSchemaOf(slug), typescriptOf(slug)],
}
const RUNTIME: Variant = {
  name: 'a small deployable first',
  approach:
    'Ship the smallest part that runs, without privileges and with limits, and grow it behind the same address.',
  leaves: 1,
  blocks: (slug) => [manifestOf(slug)],
}

/** What each role puts forward, the first agent’s first. */
const VARIANTS: Readonly<Record<string, readonly Variant[]>> = {
  DEV: [LIBRARY, CONTRACT, RUNTIME],
  QA: [LIBRARY, CONTRACT, RUNTIME],
  ARCHITECT: [CONTRACT, LIBRARY, RUNTIME],
  DEVOPS: [RUNTIME, LIBRARY, CONTRACT],
  DATA: [CONTRACT, RUNTIME, LIBRARY],
}
const USUAL = [LIBRARY, CONTRACT, RUNTIME]

/** How a requirement is met, by its words; the first that fits counts. */
const MEANS: readonly (readonly [RegExp, string])[] = [
  [/test/i, 'covered by tests of the decision with plain values and of the effect against the real engine'],
  [
    /error|fail|retr/i,
    'each failure is a named outcome; what may succeed later is repeated with backoff, the rest is reported',
  ],
  [
    /secur|auth|secret|token/i,
    'input is validated at the border, secrets stay in the configuration, rights are the least that work',
  ],
  [/doc/i, 'a page states what it does, its limits and how to take it back'],
  [/perform|fast|latency|scale/i, 'bounded work per request, measured by a benchmark that prints its figures'],
]
const ANY_MEANS = 'has a step of its own and a check that shows it'
const LONGEST_TITLE = 120
const LONGEST_REQUIREMENT = 300

/** One more than the variants: agents beyond get the same approach under another number. */
export function draft(entry: AgentEntry, task: Task): string {
  const number = numberOf(entry.agent_id)
  const variants = VARIANTS[entry.role.toUpperCase()] ?? USUAL
  const variant = variants[number % variants.length] ?? LIBRARY
  const title = oneLine(task.description, LONGEST_TITLE) || 'the task'
  const taken = task.requirements.slice(0, Math.max(0, task.requirements.length - variant.leaves))
  return [
    `# Proposal: ${title}`,
    `${LABEL} Template ${number + 1} for the role ${entry.role}: ${variant.name}.`,
    `## Approach\n\n${variant.approach}`,
    ...(taken.length === 0 ? [] : [`## Requirements\n\n${taken.map(met).join('\n')}`]),
    `## Artefacts\n\n${variant.blocks(slugOf(task.description)).join('\n\n')}`,
    '## Order of work\n\n1. Agree on the outcome and its check.\n2. Build the smallest part that shows it.\n3. Release it in a way that can be taken back.',
  ].join('\n\n')
}

/** The text with what `missing` names taken up; unchanged when nothing is missing. */
export function mended(own: string, missing: readonly string[]): string {
  if (missing.length === 0) return own
  return `${own}\n\n## Added after review\n\n${missing.map(met).join('\n')}`
}

function met(requirement: string): string {
  const means = MEANS.find(([words]) => words.test(requirement))?.[1] ?? ANY_MEANS
  return `- ${oneLine(requirement, LONGEST_REQUIREMENT)}: ${means}.`
}
