/** What an issue's body declares for the queue: the issues it depends on, and the files its work touches. Pure. */
import { EVERYTHING, tidyGlob } from './globs.ts'

export interface Declared {
  /** `#7`, or `owner/repo#7` for another repository; each once. */
  readonly depends_on: readonly string[]
  /** Globs relative to the root of the repository; each once. */
  readonly files: readonly string[]
}

/** More than this is a project plan, not an issue: the rest is not read, and the job waits until the list is shorter. */
const MOST_DEPENDENCIES = 32
/** Stands for the dependencies beyond those that are kept; no issue has this name. */
export const TOO_MANY = '#…'
/** GitHub's own limit for a body, in characters. */
const LONGEST_BODY = 65_536
/** GitHub's largest number. */
const HIGHEST_NUMBER = 2_147_483_647

/** `Depends on: …`, `**Files:** …`, `- Dependencies: …`, `## Files`: what is declared, whether by a colon, and the rest. */
const DECLARATION =
  /^\s{0,3}(?:(#{1,6}|[-*+])\s+)?[*_]{0,3}(depends[ -]on|dependencies|files)[*_]{0,3}\s*(:?)[*_]{0,3}(.*)$/i
const LIST_ITEM = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ x]\]\s+)?(.*)$/i
const FENCE = /^\s{0,3}(`{3,}|~{3,})/
/** Four blanks make a line code, unless it belongs to a list. */
const INDENTED = /^(?: {4}|\t)/
/** `#7`, `owner/repo#7`, or the address of an issue or a pull request. */
const REFERENCE =
  /(?:https?:\/\/[\w.:-]{1,255}\/([\w.-]{1,39}\/[\w.-]{1,100})\/(?:issues|pull)\/|([\w-]{1,39}\/[\w.-]{1,100})?#)(\d{1,10})(?!\w)/g

/** Reads the declarations of an issue of `repository`. What stands in code blocks and comments declares nothing. */
export function declaredIn(body: string, repository: string): Declared {
  const told = { depends_on: new Set<string>(), files: new Set<string>() }
  for (const { kind, text } of declarationsIn(proseOf(body.slice(0, LONGEST_BODY)))) {
    for (const each of kind === 'files' ? globsIn(text) : referencesIn(text, repository)) told[kind].add(each)
  }
  const depends_on = [...told.depends_on]
  const kept =
    depends_on.length > MOST_DEPENDENCIES ? [...depends_on.slice(0, MOST_DEPENDENCIES), TOO_MANY] : depends_on
  return { depends_on: kept, files: [...told.files] }
}

interface Declaration {
  readonly kind: keyof Declared
  readonly text: string
}

/** Each declaration: `Files: src/a/**` says it all in one line; behind a bare `Files:` each item of the list is one. */
function* declarationsIn(lines: readonly string[]): Generator<Declaration> {
  let listed: keyof Declared | undefined
  for (const line of lines) {
    const declaration = readDeclaration(line)
    if (declaration !== undefined) {
      listed = declaration.text.trim() === '' ? declaration.kind : undefined
      yield declaration
    } else if (listed !== undefined && line.trim() !== '') {
      const text = LIST_ITEM.exec(line)?.[1]
      if (text === undefined) listed = undefined
      else yield { kind: listed, text }
    }
  }
}

function readDeclaration(line: string): Declaration | undefined {
  if (INDENTED.test(line)) return undefined
  const [, mark = '', word = '', colon = '', text = ''] = DECLARATION.exec(line) ?? []
  if (word === '') return undefined
  const kind = word.toLowerCase() === 'files' ? 'files' : 'depends_on'
  const isHeading = mark.startsWith('#') && text.trim() === ''
  const isSaid = colon !== '' || isHeading || (/^depends/i.test(word) && /^(?:[\w-]+\/[\w.-]+)?#\d|^https?:/.test(text))
  return isSaid ? { kind, text } : undefined
}

/** The lines of a body outside of fenced code and HTML comments. */
function proseOf(body: string): readonly string[] {
  let fence: string | undefined
  return withoutComments(body)
    .split(/\r\n?|\n/)
    .filter((line) => {
      const mark = FENCE.exec(line)?.[1]
      if (fence !== undefined) {
        if (mark?.startsWith(fence)) fence = undefined
        return false
      }
      fence = mark
      return mark === undefined
    })
}

function withoutComments(body: string): string {
  let kept = ''
  let at = 0
  for (let start = body.indexOf('<!--'); start >= 0; start = body.indexOf('<!--', at)) {
    kept += body.slice(at, start)
    const end = body.indexOf('-->', start)
    if (end < 0) return kept
    at = end + 3
  }
  return kept + body.slice(at)
}

function referencesIn(text: string, repository: string): readonly string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, byAddress, byName, digits]) => {
    const number = Number(digits)
    const place = (byAddress ?? byName ?? repository).toLowerCase()
    if (number < 1 || number > HIGHEST_NUMBER) return []
    return [place === repository.toLowerCase() ? `#${number}` : `${place}#${number}`]
  })
}

/** Words between commas and blanks; what stands in braces, brackets, quotes or backticks stays together. */
function globsIn(text: string): readonly string[] {
  const said = wordsIn(text)
    .map((each) => each.replaceAll(/[`"]/g, '').trim())
    .filter((each) => each !== '')
  // What is excluded takes nothing away: a conflict too many only makes an issue wait.
  const wanted = said.filter((each) => !each.startsWith('!') || each.startsWith('!('))
  return said.length > 0 && wanted.length === 0 ? [EVERYTHING] : wanted.map(tidyGlob)
}

const OPENING = '{(['
const CLOSING = '})]'
const QUOTES = '`"'

function wordsIn(text: string): readonly string[] {
  const words: string[] = []
  let word = ''
  let depth = 0
  let quote = ''
  for (const character of text) {
    const isBetween = quote === '' && depth === 0 && /[\s,;]/.test(character)
    if (isBetween) words.push(word)
    word = isBetween ? '' : word + character
    if (QUOTES.includes(character)) quote = nextQuote(quote, character)
    else if (quote === '') depth = Math.max(0, depth + stepOf(character))
  }
  return [...words, word]
}

/** A quote is ended by its own kind; another kind within it is text. */
function nextQuote(open: string, character: string): string {
  if (open === '') return character
  return open === character ? '' : open
}

function stepOf(character: string): number {
  if (OPENING.includes(character)) return 1
  return CLOSING.includes(character) ? -1 : 0
}
