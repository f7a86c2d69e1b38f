/** The rules of the policy check: the built-in ones, and those of a policy file that adds to them or leaves some out. */
import * as z from 'zod'
import { AppError, type FieldError } from '#lib/errors'
import { FORBIDDEN, type RuleSource, SECRET_KINDS, SECRETS } from './built-in.ts'
import { patternOf } from './patterns.ts'

/** One thing that a proposal must not hold. */
export interface Rule {
  readonly name: string
  /** Why, in a few words: `deletes everything`. */
  readonly why: string
  /** Global and matched line by line. */
  readonly regex: RegExp
}

export interface PolicyRules {
  /** Commands: not in code, and not in prose but where it warns of them. */
  readonly forbidden: readonly Rule[]
  /** Secrets of forms of one's own, anywhere; their values are never repeated. */
  readonly secrets: readonly Rule[]
  /** Kinds of known secrets (lib/secrets) that count, anywhere. */
  readonly kinds: readonly string[]
  /** Whether a requirement of the task that the proposal does not speak of is a violation. */
  readonly requirements: 'violation' | 'ignore'
}

/** Rules of one kind in a file. */
const MOST_RULES = 100

const rule = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,49}$/, 'must be 1–50 of a–z 0–9 -, beginning with a letter or digit'),
  pattern: z.string(),
  why: z.string().trim().min(1).max(200),
  ignore_case: z.boolean().default(false),
})

const rules = z.array(rule).max(MOST_RULES).default([])

const policyFile = z.strictObject({
  /** False: only the rules of this file. */
  built_in: z.boolean().default(true),
  /** Built-in rules to leave out, by name. */
  without: z.array(z.enum([...[...FORBIDDEN, ...SECRETS].map(({ name }) => name), ...SECRET_KINDS])).default([]),
  forbidden: rules,
  secrets: rules,
  requirements: z.enum(['violation', 'ignore']).default('violation'),
})

/** What holds when there is no policy file. */
export const BUILT_IN_RULES: PolicyRules = rulesOf(policyFile.parse({}))

/** The rules of a policy file's content. Throws `invalid` naming every place that is wrong. */
export function readRules(content: unknown): PolicyRules {
  const read = policyFile.safeParse(content)
  if (read.success) return rulesOf(read.data)
  throw refused(read.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })))
}

function rulesOf(file: z.output<typeof policyFile>): PolicyRules {
  const errors: FieldError[] = []
  const compiled = (place: 'forbidden' | 'secrets', builtIn: readonly RuleSource[]) => {
    const kept = file.built_in ? builtIn.filter(({ name }) => !file.without.includes(name)) : []
    const own = file[place].flatMap((source, index) => compile(source, `${place}.${index}.pattern`, errors))
    return [...kept.flatMap((source) => compile(source, source.name, errors)), ...own]
  }
  const made: PolicyRules = {
    forbidden: compiled('forbidden', FORBIDDEN),
    secrets: compiled('secrets', SECRETS),
    kinds: file.built_in ? SECRET_KINDS.filter((kind) => !file.without.includes(kind)) : [],
    requirements: file.requirements,
  }
  if (errors.length > 0) throw refused(errors)
  return made
}

function compile({ name, why, pattern, ignore_case }: RuleSource, path: string, errors: FieldError[]): Rule[] {
  const read = patternOf(pattern, ignore_case)
  if (read.kind === 'pattern') return [{ name, why, regex: read.regex }]
  errors.push({ path, message: read.why })
  return []
}

function refused(errors: readonly FieldError[]): AppError {
  const list = errors.map(({ path, message }) => `${path || 'the file'}: ${message}`).join('; ')
  return new AppError('invalid', `The policy file is wrong. ${list}`, { errors })
}
