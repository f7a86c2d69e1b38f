/** Policy: what a proposal must not hold (commands, secrets) and what it must speak of (the task's requirements). */
import type { CheckSuite, Task } from '#lib/councils/model'
import { anyMatches } from './any-of.ts'
import type { CodeBlock } from './fences.ts'
import { unmetRequirements } from './requirements.ts'
import type { PolicyRules, Rule } from './rules.ts'
import { isFiller, knownSecrets, masked, withoutSecrets } from './secrets.ts'
import { clipped, counted, type Finding, listed, told } from './wording.ts'

/** Patterns see a long line in pieces of this many characters, which overlap by more than a secret is long. */
const PIECE = 4000
const OVERLAP = 400
/** Findings of one rule; the first few show what is wrong. */
const MOST_PER_RULE = 5
const LONGEST_REQUIREMENT = 120
/** Prose, or a comment in code, that warns of a command says one of these before it in the same line. */
const WARNING = /\b(?:(?:never|not|cannot|without|instead)\b|avoid|forbid|refus|reject|prevent|disallow)|n['’]t\b/i
const COMMENT = /^ ?(?:#|\/\/)/

interface Line {
  readonly number: number
  readonly text: string
  /** In a code block, and not a comment. */
  readonly isRun: boolean
}

export function policy(
  rules: PolicyRules,
  task: Task,
  content: string,
  blocks: readonly CodeBlock[],
): CheckSuite['policy'] {
  const required = rules.requirements === 'violation' ? task.requirements : []
  if (content.trim() === '' && required.length === 0) {
    return { passed: true, violations: [], message: 'nothing to check: the proposal is empty' }
  }
  const pieces = [...piecesOf(linesOf(content, blocks))].filter(({ piece }) => anyMatches(rules, piece))
  const violations = [
    ...knownIn(content, rules.kinds),
    ...rules.secrets.flatMap((rule) => secretsIn(rule, pieces)),
    ...rules.forbidden.flatMap((rule) => commandsIn(rule, pieces)),
  ].map(told)
  const clean = (text: string) => clipped(withoutSecrets(text, rules), LONGEST_REQUIREMENT)
  const unmet = unmetRequirements(required, content).map(
    ({ number, requirement, missing }) =>
      `requirement ${number} is not met: ${JSON.stringify(clean(requirement))}, without ${clean(missing.join(', '))}`,
  )
  const all = [...violations, ...unmet]
  return { passed: all.length === 0, violations: listed(all), message: messageOf(rules, required.length, all.length) }
}

function messageOf({ forbidden, secrets, kinds }: PolicyRules, requirements: number, violations: number): string {
  if (violations > 0) return counted(violations, 'violation')
  const parts = [
    counted(forbidden.length, 'rule on commands', 'rules on commands'),
    counted(secrets.length + kinds.length, 'rule on secrets', 'rules on secrets'),
    counted(requirements, 'requirement'),
  ]
  return `kept: ${parts.join(', ')}`
}

/** The lines of the text, those that a backslash continues joined to the first, white space as single spaces. */
function linesOf(content: string, blocks: readonly CodeBlock[]): readonly Line[] {
  const code = new Set(blocks.flatMap((block) => block.code.split('\n').map((_, index) => block.line + 1 + index)))
  const lines: Line[] = []
  let started: { number: number; parts: string[] } | undefined
  for (const [index, text] of content.split(/\r\n|\n|\r/).entries()) {
    // Nothing stands in an empty line, and texts of empty lines cost nothing.
    if (text === '' && started === undefined) continue
    started ??= { number: index + 1, parts: [] }
    started.parts.push(text.endsWith('\\') ? text.slice(0, -1) : text)
    if (text.endsWith('\\')) continue
    lines.push(lineOf(started.number, started.parts, code))
    started = undefined
  }
  return started === undefined ? lines : [...lines, lineOf(started.number, started.parts, code)]
}

function lineOf(number: number, parts: readonly string[], code: ReadonlySet<number>): Line {
  const text = parts.join(' ').replaceAll(/\s+/g, ' ')
  return { number, text, isRun: code.has(number) && !COMMENT.test(text) }
}

interface Match {
  readonly line: Line
  readonly text: string
  /** What stands before it in its piece. */
  readonly before: string
}

interface Piece {
  readonly line: Line
  readonly piece: string
}

function matches({ regex }: Rule, pieces: readonly Piece[], counts: (match: Match) => boolean): readonly Match[] {
  const found: Match[] = []
  for (const { line, piece } of pieces) {
    for (const { 0: text, index } of piece.matchAll(regex)) {
      const match = { line, text, before: piece.slice(0, index) }
      if (counts(match)) found.push(match)
      if (found.length === MOST_PER_RULE) return found
    }
  }
  return found
}

function* piecesOf(lines: readonly Line[]): Generator<Piece> {
  for (const line of lines) {
    for (let start = 0; start === 0 || start + OVERLAP < line.text.length; start += PIECE - OVERLAP) {
      yield { line, piece: line.text.slice(start, start + PIECE) }
    }
  }
}

/** Known secrets, a few of each kind. */
function knownIn(content: string, kinds: readonly string[]): readonly Finding[] {
  const counts = new Map<string, number>()
  return knownSecrets(content, kinds).flatMap(({ kind, index, length }) => {
    const secret = content.slice(index, index + length)
    const count = (counts.get(kind) ?? 0) + 1
    if (isFiller(secret, kind) || count > MOST_PER_RULE) return []
    counts.set(kind, count)
    const line = content.slice(0, index).split(/\r\n|\n|\r/).length
    return [{ line, message: `${kind}: holds a secret: ${masked(secret)}` }]
  })
}

function secretsIn(rule: Rule, pieces: readonly Piece[]): readonly Finding[] {
  return matches(rule, pieces, ({ text }) => !isFiller(text)).map(({ line, text }) => ({
    line: line.number,
    message: `${rule.name}: holds ${rule.why}: ${masked(text)}`,
  }))
}

function commandsIn(rule: Rule, pieces: readonly Piece[]): readonly Finding[] {
  return matches(rule, pieces, ({ line, before }) => line.isRun || !WARNING.test(before)).map(({ line }) => ({
    line: line.number,
    message: `${rule.name}: forbidden, ${rule.why}`,
  }))
}
