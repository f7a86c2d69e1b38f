/** The bounds of what may be asked of a council; everything beyond them is refused naming its field. */
import { CouncilError } from './errors.ts'
import type { Constraints, DeliberateRequest, OrchestrateRequest } from './service.ts'

const MAX_ROUNDS = 10
export const MAX_AGENTS = 16
export const DEFAULT_AGENTS = 3
/** 100 KB per text. */
const TEXT_MAX_BYTES = 100_000
/** All texts of a task together: they are kept in one item, far below the 400 KB that it may have. */
const TASK_MAX_BYTES = 256_000
const REQUIREMENTS_MAX = 200
const MEMBERS_MAX = 100
const NAME_MAX = 256
const ROLE = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/
/** Letters, digits and what separates them; part of keys and shown in lists. */
const AGENT_ID = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/

/** Refuses a field. */
export function invalid(field: string, problem: string): never {
  throw new CouncilError('INVALID_ARGUMENT', `${field} ${problem}.`, { field })
}

export function checkRole(role: string, field = 'role'): void {
  if (!ROLE.test(role)) {
    invalid(field, 'must begin with a letter and have at most 64 letters, digits, "_" and "-", e.g. DEV')
  }
}

export function checkAgentId(id: string): void {
  if (!AGENT_ID.test(id)) {
    invalid('agent_id', 'must have 1 to 128 letters, digits and . _ : @ / -, beginning with a letter or digit')
  }
}

export function checkWhole(field: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) invalid(field, `must be a whole number from 0 to ${max}`)
}

export const checkRounds = (field: string, value: number): void => checkWhole(field, value, MAX_ROUNDS)

export function checkText(field: string, text: string, max = TEXT_MAX_BYTES): void {
  if (Buffer.byteLength(text) > max) invalid(field, `has more than ${max} bytes; shorten it`)
}

/** An id of the caller's: short and without control characters. */
export function checkName(field: string, name: string): void {
  if (name.length > NAME_MAX) invalid(field, `has more than ${NAME_MAX} characters`)
  if (/\p{Cc}/u.test(name) || !name.isWellFormed()) invalid(field, 'must not have control characters')
}

export function checkMap(field: string, map: Readonly<Record<string, string>>, max = TEXT_MAX_BYTES): void {
  if (Object.keys(map).length > MEMBERS_MAX) invalid(field, `has more than ${MEMBERS_MAX} entries`)
  checkText(field, JSON.stringify(map), max)
}

export function checkDeliberation(request: DeliberateRequest): void {
  checkRole(request.role)
  checkText('task_description', request.task_description)
  checkRounds('rounds', request.rounds)
  checkWhole('num_agents', request.num_agents, MAX_AGENTS)
  checkConstraints(request.constraints)
  checkSize(request)
}

export function checkOrchestration(request: OrchestrateRequest): void {
  for (const name of ['task_id', 'case_id', 'story_id', 'plan_id'] as const) checkName(name, request[name])
  checkRole(request.role)
  checkText('task_description', request.task_description)
  checkRounds('options.deliberation_rounds', request.options.deliberation_rounds)
  checkMap('options.custom_params', request.options.custom_params)
  checkConstraints(request.constraints)
  checkSize(request)
}

function checkConstraints({ rubric, requirements, metadata, max_iterations, timeout_seconds }: Constraints): void {
  checkText('constraints.rubric', rubric)
  if (requirements.length > REQUIREMENTS_MAX) invalid('constraints.requirements', `has more than ${REQUIREMENTS_MAX}`)
  requirements.forEach((requirement, at) => {
    checkText(`constraints.requirements[${at}]`, requirement)
  })
  checkMap('constraints.metadata', metadata)
  checkWhole('constraints.max_iterations', max_iterations, 2 ** 31)
  checkWhole('constraints.timeout_seconds', timeout_seconds, 2 ** 31)
}

function checkSize(request: object): void {
  if (Buffer.byteLength(JSON.stringify(request)) <= TASK_MAX_BYTES) return
  invalid('task_description', `and the other texts together have more than ${TASK_MAX_BYTES} bytes; shorten them`)
}

/** A whole number among a map of texts; `fallback` when it is not there. */
export function numberIn(map: Readonly<Record<string, string>>, name: string, rule: NumberRule): number {
  const text = Object.hasOwn(map, name) ? (map[name] ?? '') : ''
  if (text.trim() === '') return rule.fallback
  const value = Number(text)
  const fits = Number.isFinite(value) && value >= rule.min && value <= rule.max
  if (!fits || (rule.whole && !Number.isInteger(value))) {
    invalid(`custom_params.${name}`, `must be a ${rule.whole ? 'whole ' : ''}number from ${rule.min} to ${rule.max}`)
  }
  return value
}

export interface NumberRule {
  readonly fallback: number
  readonly min: number
  readonly max: number
  readonly whole: boolean
}
