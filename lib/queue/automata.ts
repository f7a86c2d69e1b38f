/** Globs as automata: whether two of them can match one path. The libraries are large, so that overlap.ts loads this late. */
import picomatch from 'picomatch'
import { isDisjointWith, JS, NFA, Transformers, transform } from 'refa'
import { mayBeFolder } from './globs.ts'

/**
 * `*` reaches dotfiles, and a pattern is read whole. A range such as `{1..12}`, of which picomatch would make a set of
 * characters, stands for any text without a slash.
 */
const OPTIONS = { dot: true, nonegate: true, strictSlashes: true, expandRange: () => '[^/]*?' }
/** What picomatch gives for a pattern that makes no expression. */
const UNREADABLE = '$^'
/** States of an automaton: a glob of 200 characters has some hundreds. */
const MOST_STATES = 5_000
/** States of two automata walked at once, a few milliseconds of work. */
const MOST_PAIRS = 5_000
const MAX_PASSES = 5

/** What a glob matches, and everything below where that may be a folder; undefined when the glob cannot be read or is too involved. */
export function automatonOf(glob: string): NFA | undefined {
  try {
    const automaton = read(picomatch.makeRe(glob, OPTIONS).source)
    if (mayBeFolder(glob)) automaton?.append(read('(?:\\/[^]*)?') ?? automaton)
    return automaton
  } catch {
    // Not an expression after all, or one of too many states: both mean the same to the asker.
    return undefined
  }
}

/** Whether one path can match both. True when that cannot be told: a conflict too many only makes a job wait. */
export function meet(a: NFA | undefined, b: NFA | undefined): boolean {
  if (a === undefined || b === undefined) return true
  try {
    return !isDisjointWith(a, b, MOST_PAIRS)
  } catch {
    return true
  }
}

/** Assertions that cannot be resolved are left out: the automaton then matches more, never less. */
function read(source: string): NFA | undefined {
  if (source === UNREADABLE) return undefined
  const { expression, maxCharacter } = JS.Parser.fromLiteral({ source, flags: 's' }).parse()
  const plain = transform(Transformers.applyAssertions(), expression, { maxPasses: MAX_PASSES })
  return NFA.fromRegex(plain, { maxCharacter }, { assertions: 'ignore' }, new NFA.LimitedNodeFactory(MOST_STATES))
}
