/** Block quotes and list items around a line of Markdown, by CommonMark's rules (spec 0.31.2, sections 5.1 and 5.2). */

export type Container =
  | { readonly kind: 'quote' }
  /** `indent`: columns before the item's content. `empty`: nothing but its marker so far. */
  | { readonly kind: 'item'; readonly indent: number; readonly empty: boolean }

/** What is left of a line, and the column it begins in: tabs reach to the next multiple of 4. */
export interface Rest {
  readonly text: string
  readonly column: number
}

export interface Opened {
  readonly container: Container
  readonly rest: Rest
}

const TAB = 4
/** More columns than this make a line indented code. */
export const MOST_INDENT = 3
/** Columns between a list marker and its content; more of them belong to the content. */
const MOST_PADDING = 4

export function isBlank({ text }: Rest): boolean {
  return /^[ \t]*$/.test(text)
}

/** Columns of white space at the beginning. */
export function indentOf({ text, column }: Rest): number {
  let at = column
  for (const character of text) {
    if (character === ' ') at += 1
    else if (character === '\t') at += TAB - (at % TAB)
    else break
  }
  return at - column
}

/** The line without its first `columns` columns of white space; what is left of a tab becomes spaces. */
export function dropIndent({ text, column }: Rest, columns: number): Rest {
  let at = column
  let index = 0
  const end = column + columns
  while (at < end && (text[index] === ' ' || text[index] === '\t')) {
    at += text[index] === ' ' ? 1 : TAB - (at % TAB)
    index += 1
  }
  const over = Math.max(0, at - end)
  return { text: ' '.repeat(over) + text.slice(index), column: at - over }
}

function dropMarker({ text, column }: Rest, length: number): Rest {
  return { text: text.slice(length), column: column + length }
}

/** The line inside `container`, or undefined when it does not belong to it. */
export function continued(container: Container, rest: Rest): Rest | undefined {
  if (container.kind === 'quote') return quoted(rest)
  if (isBlank(rest)) return container.empty ? undefined : { text: '', column: rest.column }
  return indentOf(rest) >= container.indent ? dropIndent(rest, container.indent) : undefined
}

function quoted(rest: Rest): Rest | undefined {
  const indent = indentOf(rest)
  const inner = dropIndent(rest, indent)
  return indent <= MOST_INDENT && inner.text.startsWith('>') ? dropIndent(dropMarker(inner, 1), 1) : undefined
}

/** The quote or list item that begins here. Within a paragraph, only an item that CommonMark lets interrupt it. */
export function opened(rest: Rest, inParagraph: boolean): Opened | undefined {
  const indent = indentOf(rest)
  if (indent > MOST_INDENT) return undefined
  const inner = quoted(rest)
  return inner === undefined ? itemAt(rest, indent, inParagraph) : { container: { kind: 'quote' }, rest: inner }
}

function itemAt(rest: Rest, indent: number, inParagraph: boolean): Opened | undefined {
  const line = dropIndent(rest, indent)
  const marker = /^(?:[-+*]|\d{1,9}[.)])(?=[ \t]|$)/.exec(line.text)?.[0]
  if (marker === undefined || isThematicBreak(line.text)) return undefined
  const after = dropMarker(line, marker.length)
  const empty = isBlank(after)
  const isFirst = !/\d/.test(marker) || Number.parseInt(marker, 10) === 1
  if (inParagraph && (empty || !isFirst)) return undefined
  const padding = indentOf(after)
  const taken = empty || padding > MOST_PADDING ? 1 : padding
  const container: Container = { kind: 'item', indent: indent + marker.length + taken, empty }
  return { container, rest: empty ? { text: '', column: after.column } : dropIndent(after, taken) }
}

/** What keeps a line that begins with this mark from being a line across. */
const OTHER_THAN: Readonly<Record<string, RegExp>> = { '*': /[^* \t]/, '-': /[^- \t]/, _: /[^_ \t]/ }

/** `***`, `- - -`, `___`: a line across, not a list. Asked again for each list item of a line, so only looked through. */
export function isThematicBreak(text: string): boolean {
  const mark = /^[ \t]*([-*_])/.exec(text)?.[1]
  if (mark === undefined || OTHER_THAN[mark]?.test(text)) return false
  return text.replaceAll(/[ \t]/g, '').length >= 3
}
