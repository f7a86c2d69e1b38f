/** Searches for the text that a reader takes longest for, and measures it in processor time. */
import type { Reader } from './readers.ts'

/** What readers look for, alone and unfinished: each repeated fills the text. */
const TOKENS = [
  ...' \t\n\r\u2028\u2029"\'`\\/<>{}[]()#*_-~:;,.=@!|&%$?+^0aA\0\ud800',
  ...[
    '\n\n',
    ' \n',
    '\r\n',
    '\\"',
    '{"',
    '":',
    '",',
    '[[',
    '{[',
    '{}',
    '[]',
    '("',
    '```',
    '~~~',
    '```\n',
    '> ',
    '- ',
    '* ',
  ],
  ...['<!--', '-->', '<a', '</', '//', '/*', '*/', '#1', '/issues/1', 'a/b#1', 'depends on: ', 'Files: ', '## Files\n'],
  ...[
    '{a,b}',
    '**/',
    '../',
    '*.{',
    '?(',
    '@(',
    '1. ',
    '(0 ',
    ' %',
    'a ',
    'a\n',
    'a,',
    'a: ',
    'fix ',
    'fix #',
    'rank ',
    'me ',
  ],
  ...[
    '<think>',
    '</think>',
    'token=',
    'password: ',
    'Bearer ',
    'basic ',
    'https://',
    '://',
    'a:b@',
    'eyJ',
    'eyJaaaaaaaa.',
    'sk-',
  ],
  ...[
    'ghp_',
    'ghs_1_',
    '-----BEGIN PRIVATE KEY-----',
    '-----',
    '\u001b[0m',
    'a.b',
    '.aA0',
    'rm -rf ',
    'curl a | ',
    '| sh',
    '$(',
  ],
  ...[
    '<style>',
    '<script ',
    '; rel="next"',
    '<a>;',
    'error ',
    "n't ",
    '! [rejected] ',
    ' -> ',
    ' (',
    '0-',
    '*/1,',
    'é',
    '🚢',
  ],
]
/** What may stand before the repeats and behind them, so that a match begins or fails late. */
const BEFORE = ['', '"', '{"a":"', '<!--', '```', '(', '## Files\n', 'Depends on: ']
const BEHIND = ['', '\0', '\u2028x']

export interface Worst {
  readonly text: (bytes: number) => string
  readonly ms: (bytes: number) => number
  /** The pattern, e.g. `"{" + "\"," × n`. */
  readonly name: string
}

interface Shape {
  readonly before: string
  readonly token: string
  readonly behind: string
}

/** Bytes on which all shapes are tried; what is quadratic stands out already. */
const TRIED = 6_000
/** The slowest ones are measured in full. */
const FINALISTS = 4
const PAIRS = 200

/** The slowest of all shapes for `reader`, at `bytes`. */
export function worstOf(reader: Reader, bytes: number): Worst {
  const tried = shapes().map((shape) => ({ shape, ms: costOf(reader, textOf(shape, TRIED), 1) }))
  const finalists = tried.sort((a, b) => b.ms - a.ms).slice(0, FINALISTS)
  const measured = finalists.map(({ shape }) => ({ shape, ms: costOf(reader, textOf(shape, bytes), 2) }))
  const { shape } = measured.reduce((most, one) => (one.ms > most.ms ? one : most))
  return {
    text: (size) => textOf(shape, size),
    ms: (size) => costOf(reader, textOf(shape, size), 4),
    name: nameOf(shape),
  }
}

function* allShapes(): Generator<Shape> {
  for (const token of TOKENS) for (const before of BEFORE) for (const behind of BEHIND) yield { before, token, behind }
  // Pairs of tokens, by a fixed walk through all of them.
  for (let at = 0; at < PAIRS; at++) {
    const [one = '', other = ''] = [TOKENS[(at * 7) % TOKENS.length], TOKENS[(at * 31 + 5) % TOKENS.length]]
    yield { before: '', token: one + other, behind: '' }
    yield { before: one.repeat(1000), token: other, behind: '\0' }
  }
}

const shapes = (): Shape[] => [...allShapes()]

/** UTF-8 is at least as long as the text, so that `bytes` are never too few. */
function textOf({ before, token, behind }: Shape, bytes: number): string {
  const size = Buffer.byteLength(token)
  const rest = Math.max(0, bytes - Buffer.byteLength(before) - Buffer.byteLength(behind))
  return before + token.repeat(Math.ceil(rest / size)) + behind
}

/** Milliseconds of processor time: the least of `runs`, as what else the process does only adds to it. */
function costOf({ read }: Reader, text: string, runs: number): number {
  let least = Number.POSITIVE_INFINITY
  for (let run = 0; run < runs; run++) {
    const before = process.cpuUsage()
    try {
      read(text)
    } catch {
      // A refusal is an answer.
    }
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

function nameOf({ before, token, behind }: Shape): string {
  const quoted = (text: string) => JSON.stringify(text.length > 20 ? `${text.slice(0, 17)}…` : text)
  const parts = [before && quoted(before), `${quoted(token)} × n`, behind && quoted(behind)]
  return parts.filter(Boolean).join(' + ')
}
