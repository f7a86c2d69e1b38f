/** What an issue's body declares for the queue: the issues it depends on, and the files its work touches. Pure. */
import { EVERYTHING, tidyGlob } from './globs.ts'
import { beginsWithReference, referencesIn, saysNothing } from './references.ts'

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

/** `Depends on: …`, `**Files:** …`, `- Dependencies: …`, `## Files`: what is declared, and whether by a colon. */
const DECLARATION =
  /^\s{0,3}(?:(#{1,6}|[-*+])\s+)?[*_]{0,3}(depends[ -]on|dependencies|files)[*_]{0,3}\s*(:?)[*_]{0,3}/i
const LIST_ITEM = /^\s*(?:[-*+]|\d{1,3}[.)])\s+(?:\[[ x]\]\s+)?/i
const FENCE = /^\s{0,3}(`{3,}|~{3,})/
/** Four blanks make a line code, unless it belongs to a list. */
const INDENTED = /^(?: {4}|\t)/
const HEADING = /^\s{0,3}(#{1,6})(?:\s|$)/
/** Behind the words of a heading: `(optional)` as forms have it, and the marks that may close it. */
const END_OF_HEADING = /^(?:\([^()]{0,80}\))?\s{0,3}#*$/
/** All that JavaScript takes for the end of a line, so that a dot in a pattern never stops within one. */
const LINE_END = /\r\n?|[\n\u2028\u2029]/

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

/** What follows a declaration without text: below a heading all that is in its section, else a list. */
interface Section {
  readonly kind: keyof Declared
  /** 1 to 6 for a heading, 0 for a bare `Files:`. */
  readonly level: number
  /** `Depends on` names issues; below `Dependencies` anything may be described. */
  readonly isPlain: boolean
}

type Opening = Declaration & Omit<Section, 'kind'>

/** Each declaration: `Files: src/a/**` says it all in one line; below a bare one or a heading each line may be one. */
function* declarationsIn(lines: readonly string[]): Generator<Declaration> {
  let section: Section | undefined
  for (const line of lines.filter((each) => each.trim() !== '')) {
    const opening = readDeclaration(line)
    if (opening !== undefined) {
      section = opening.text === '' ? opening : undefined
      yield opening
    } else if (section !== undefined) {
      const read: string | 'ignored' | 'over' = readIn(section, line)
      if (read === 'over') section = undefined
      else if (read !== 'ignored') yield { kind: section.kind, text: read }
    }
  }
}

function readDeclaration(line: string): Opening | undefined {
  if (INDENTED.test(line)) return undefined
  const [opening = '', mark = '', word = '', colon = ''] = DECLARATION.exec(line) ?? []
  if (word === '') return undefined
  const kind = word.toLowerCase() === 'files' ? 'files' : 'depends_on'
  const isDepends = /^depends/i.test(word)
  const text = line.slice(opening.length).trim()
  const isHeading = mark.startsWith('#') && END_OF_HEADING.test(text)
  const isSaid = colon !== '' || isHeading || (isDepends && beginsWithReference(text))
  if (!isSaid) return undefined
  return { kind, text: isHeading ? '' : text, level: isHeading ? mark.length : 0, isPlain: isDepends }
}

/** What a line of a section declares. */
function readIn(section: Section, line: string): string | 'ignored' | 'over' {
  const { level, kind } = section
  const heading = HEADING.exec(line)?.[1]
  if (heading !== undefined) return heading.length > level && level > 0 ? 'ignored' : 'over'
  const bullet = LIST_ITEM.exec(line)?.[0]
  if (bullet !== undefined) return line.slice(bullet.length)
  const other = level > 0 ? 'ignored' : 'over'
  if (INDENTED.test(line)) return other
  if (kind === 'files') return pathsIn(line.trim(), level > 0) ?? other
  return beginsWithReference(line) || (level > 0 && section.isPlain) ? line : other
}

/** A line of paths; undefined for one of prose. In a section that is for files a list of plain names will do. */
function pathsIn(line: string, isSection: boolean): string | undefined {
  if (saysNothing(line)) return undefined
  const isList = isSection && !/[^,;]\s\S/.test(line)
  if (isList) return line
  const paths = wordsIn(line).filter((word) => /[/*`"]|\w\.\w/.test(word))
  return paths.length === 0 ? undefined : paths.join(' ')
}

/** The lines of a body outside of fenced code and HTML comments. */
function proseOf(body: string): readonly string[] {
  let fence: string | undefined
  return withoutComments(body)
    .split(LINE_END)
    .filter((line) => {
      const mark = line.includes('```') || line.includes('~~~') ? FENCE.exec(line)?.[1] : undefined
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

/** Words between commas and blanks; what stands in braces, brackets, quotes or backticks stays together. */
function globsIn(text: string): readonly string[] {
  if (saysNothing(text)) return []
  const said = wordsIn(text)
    .map((each) => each.replaceAll(/[`"]/g, '').trim())
    .filter((each) => each !== '')
  // What is excluded takes nothing away: a conflict too many only makes an issue wait.
  const wanted = said.filter((each) => !each.startsWith('!') || each.startsWith('!('))
  return said.length > 0 && wanted.length === 0 ? [EVERYTHING] : wanted.map(tidyGlob)
}

const BETWEEN = /[\s,;]/
const OPENING = '{(['
const CLOSING = '})]'
const QUOTES = '`"'

function wordsIn(text: string): readonly string[] {
  const words: string[] = []
  let word = ''
  let depth = 0
  let quote = ''
  for (const character of text) {
    const isBetween = quote === '' && depth === 0 && BETWEEN.test(character)
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
