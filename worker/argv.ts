/** Splits a configured command line into an argument vector, the way a POSIX shell quotes but with nothing expanded. */
import { AppError } from '#lib/errors'

/** One step of the reader: blanks, a quoted run, an escaped character, or a plain run. */
const TOKEN = /\s+|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y

/** Inside double quotes a backslash escapes only these, as in a shell. */
const ESCAPED_IN_QUOTES = /\\(["\\$`])/g

/**
 * The arguments of `line`: quotes group, a backslash escapes, and `$`, `*`, `|`, `;` and backticks are ordinary characters.
 * Throws AppError `invalid` when a quote or a backslash is left open, when nothing is left to run, or at a NUL.
 */
export function parseArgv(line: string): [string, ...string[]] {
  if (line.includes('\0')) throw new AppError('invalid', 'A command line may not contain a NUL character.')
  const [program, ...rest] = wordsOf(line)
  if (!program) throw new AppError('invalid', 'The command line names no program.')
  return [program, ...rest]
}

function wordsOf(line: string): string[] {
  const words: string[] = []
  let word: string | undefined
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < line.length) {
    const match = TOKEN.exec(line)
    if (!match) throw new AppError('invalid', 'The command line ends inside a quote or after a lone backslash.')
    const text = match[1] ?? match[2]?.replace(ESCAPED_IN_QUOTES, '$1') ?? match[3] ?? match[4]
    if (text !== undefined) word = (word ?? '') + text
    else if (word !== undefined) {
      words.push(word)
      word = undefined
    }
  }
  return word === undefined ? words : [...words, word]
}
