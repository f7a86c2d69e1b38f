/**
 * The fenced code blocks of a Markdown text, by CommonMark's rules (spec 0.31.2, section 4.5): fences of ``` and ~~~,
 * also in quotes and lists. One difference: raw HTML is not known, so a fence inside it counts, and is checked.
 */
import {
  type Container,
  continued,
  dropIndent,
  indentOf,
  isBlank,
  isThematicBreak,
  MOST_INDENT,
  opened,
  type Rest,
} from './containers.ts'

export interface CodeBlock {
  /** The first word after the fence, lower-cased; empty when there is none. */
  readonly language: string
  readonly code: string
  /** Of the opening fence, counted from 1; the code begins on the next. */
  readonly line: number
  /** False when the text, or the quote or list around it, ends first. */
  readonly closed: boolean
}

interface Fence {
  readonly mark: string
  readonly indent: number
  readonly language: string
  readonly line: number
  readonly code: string[]
}

interface Scan {
  containers: Container[]
  inParagraph: boolean
  fence: Fence | undefined
  readonly blocks: CodeBlock[]
}

/** Quotes and lists in each other. Deeper ones are text, so that no line costs more than this many looks. */
const DEEPEST_CONTAINER = 50
const LINE_END = /\r\n|\n|\r/

export function codeBlocks(text: string): readonly CodeBlock[] {
  const scan: Scan = { containers: [], inParagraph: false, fence: undefined, blocks: [] }
  // What follows the last line ending is a line only when there is something in it.
  const lines = text.split(LINE_END)
  if (lines.at(-1) === '') lines.pop()
  for (const [index, line] of lines.entries()) readLine(scan, { text: line, column: 0 }, index + 1)
  endFence(scan, false)
  return scan.blocks
}

function readLine(scan: Scan, line: Rest, number: number): void {
  // The cheapest lines to write by the thousand: nothing, and words, which open no container and no fence.
  if (scan.containers.length === 0 && scan.fence === undefined && (line.text === '' || isWord(line.text))) {
    scan.inParagraph = line.text !== ''
    return
  }
  const { rest, depth } = within(scan.containers, line)
  const isInside = depth === scan.containers.length
  if (scan.fence !== undefined && isInside) {
    readCode(scan, scan.fence, rest)
  } else {
    endFence(scan, false)
    readText(scan, { rest, depth, number })
  }
}

/** Begins with a letter of ASCII. */
function isWord(text: string): boolean {
  const lower = text.charCodeAt(0) | 0x20
  return lower >= 0x61 && lower <= 0x7a
}

/** How many of the open containers the line continues, and what is left of it. */
function within(containers: readonly Container[], line: Rest): { readonly rest: Rest; readonly depth: number } {
  let rest = line
  for (const [depth, container] of containers.entries()) {
    const inner = continued(container, rest)
    if (inner === undefined) return { rest, depth }
    rest = inner
  }
  return { rest, depth: containers.length }
}

function readCode(scan: Scan, fence: Fence, rest: Rest): void {
  const indent = indentOf(rest)
  const { text } = dropIndent(rest, indent)
  const isEnd = indent <= MOST_INDENT && text.startsWith(fence.mark) && isRun(text.trimEnd(), fence.mark[0] ?? '')
  if (isEnd) endFence(scan, true)
  else fence.code.push(dropIndent(rest, fence.indent).text)
}

function isRun(text: string, mark: string): boolean {
  return text === mark.repeat(text.length)
}

function endFence(scan: Scan, closed: boolean): void {
  if (scan.fence === undefined) return
  const { language, line, code } = scan.fence
  scan.blocks.push({ language, line, code: code.join('\n'), closed })
  scan.fence = undefined
}

interface Line {
  readonly rest: Rest
  /** How many of the open containers it continues. */
  readonly depth: number
  readonly number: number
}

function readText(scan: Scan, { rest: line, depth, number }: Line): void {
  const { containers, rest } = openedAt(scan, line, depth)
  const isNew = containers.length > depth
  const isLazy = scan.inParagraph && !isNew && depth < scan.containers.length
  const fence = fenceAt(rest, number)
  // A line that only goes on with a paragraph leaves the quotes and lists around it open.
  if (fence === undefined && isLazy && isParagraph(rest, true)) return
  const continues = scan.inParagraph && !isNew && !isLazy
  scan.inParagraph = fence === undefined && isParagraph(rest, continues) && !(continues && isUnderline(rest))
  const last = isBlank(rest) ? containers.length - 1 : containers.length
  scan.containers = containers.map((one, index) => (index < last ? filled(one) : one))
  scan.fence = fence
}

function filled(container: Container): Container {
  return container.kind === 'item' && container.empty ? { ...container, empty: false } : container
}

function openedAt(scan: Scan, line: Rest, depth: number) {
  const containers = scan.containers.slice(0, depth)
  let rest = line
  let inParagraph = scan.inParagraph && depth === scan.containers.length
  while (containers.length < DEEPEST_CONTAINER) {
    const next = opened(rest, inParagraph)
    if (next === undefined) break
    containers.push(next.container)
    rest = next.rest
    inParagraph = false
  }
  return { containers, rest }
}

/** Whether a line that opens no fence leaves a paragraph open. */
function isParagraph(rest: Rest, inParagraph: boolean): boolean {
  if (isBlank(rest)) return false
  const indent = indentOf(rest)
  if (indent > MOST_INDENT) return inParagraph
  const { text } = dropIndent(rest, indent)
  return !isThematicBreak(text) && !/^#{1,6}(?:[ \t]|$)/.test(text)
}

/** `===` below a paragraph makes it a heading. */
function isUnderline({ text }: Rest): boolean {
  return /^ {0,3}(?:=+|-+)[ \t]*$/.test(text)
}

function fenceAt(rest: Rest, line: number): Fence | undefined {
  const indent = indentOf(rest)
  if (indent > MOST_INDENT) return undefined
  const { text } = dropIndent(rest, indent)
  const mark = /^(?:`{3,}|~{3,})/.exec(text)?.[0]
  if (mark === undefined) return undefined
  const info = text.slice(mark.length)
  // Text between backticks in one line is code in a sentence.
  if (mark.startsWith('`') && info.includes('`')) return undefined
  return { mark, indent, language: languageOf(info), line, code: [] }
}

/** `ts`, also of `ts title="a"`, `ts:src/a.ts` and `ts{1,3}`. */
function languageOf(info: string): string {
  return /^[ \t]*([\w+#.-]*)/.exec(info)?.[1]?.toLowerCase() ?? ''
}
