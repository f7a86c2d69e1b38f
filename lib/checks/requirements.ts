/**
 * Whether a proposal speaks of a requirement: it must hold most of its key words.
 *
 * Key words are the words of the requirement that carry meaning (three letters or more, none of the stop words below),
 * cut to their stem; two of three must begin a word of the proposal, whatever its case. "Error handling" is met by "errors
 * are handled". This finds what was forgotten; it cannot tell whether what is said is right, nor read a "not". A
 * requirement without key words is not judged.
 */

export interface Unmet {
  /** Its place in the task, from 1. */
  readonly number: number
  readonly requirement: string
  /** Key words that the proposal does not have. */
  readonly missing: readonly string[]
}

/** Two of three key words, rounded up: 1 of 1, 2 of 2, 2 of 3, 3 of 4. */
const SHARE = 2 / 3
/** Beyond these a requirement is an essay; its first words say what it is about. */
const MOST_KEY_WORDS = 30
const MOST_REQUIREMENTS = 100
const SHORTEST = 3
/** What is left of a word after its ending must still name it; a plural's "s" leaves "logs" its "log". */
const SHORTEST_STEM = 4
const SHORTEST_SINGULAR = 3

const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    'about all also and any are can cannot could does each every for from has have how into its least like made make ' +
    'may might more most must need needs not only other our out over shall should some such than that the their them ' +
    'then there these they this those use used uses using very was were what when where which while who will with ' +
    'within without would you your please ensure provide include including support'
  ).split(' '),
)
/** Longest first, so that "handled" loses "ed" and "handlings" loses "ings". */
const ENDINGS = ['ations', 'ation', 'ings', 'ing', 'ers', 'ies', 'er', 'ed', 'es', 'ly', 's', 'e', 'y']

export function unmetRequirements(requirements: readonly string[], content: string): readonly Unmet[] {
  const words = ` ${wordsOf(content).join(' ')} `
  return requirements.slice(0, MOST_REQUIREMENTS).flatMap((requirement, index) => {
    const keys = keyWords(requirement)
    const missing = keys.filter((key) => !words.includes(` ${key}`))
    const isMet = keys.length - missing.length >= Math.ceil(keys.length * SHARE)
    return isMet ? [] : [{ number: index + 1, requirement, missing }]
  })
}

/** The stems of a requirement's key words, each once. */
function keyWords(requirement: string): readonly string[] {
  const words = wordsOf(requirement).filter((word) => word.length >= SHORTEST && !STOP_WORDS.has(word))
  return [...new Set(words.map(stemOf))].slice(0, MOST_KEY_WORDS)
}

function wordsOf(text: string): readonly string[] {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? []
  )
}

function stemOf(word: string): string {
  const least = (ending: string) => ending.length + (ending === 's' ? SHORTEST_SINGULAR : SHORTEST_STEM)
  const ending = ENDINGS.find((one) => word.endsWith(one) && word.length >= least(one))
  return ending === undefined ? word : word.slice(0, -ending.length)
}
