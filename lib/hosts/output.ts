/** What a host wrote, as lines that are safe to show. Pure. */

/** A line of a log is cut here; the rest is no help to a person. */
const MAX_LINE = 2_000
const ELLIPSIS = '…'
/** Colours and cursor movements of terminals (ECMA-48). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const TERMINAL = /\u001b\[[0-?]*[ -/]*[@-~]/g
/** All that is not text: control characters but the tab, and those that turn the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g
const REPLACEMENT = '\ufffd'

/** The last `count` lines, the newest last. The first is left out when it may have been cut off (`isWhole` false). */
export function linesOf(output: Buffer, count: number, isWhole: boolean): readonly string[] {
  const lines = output.toString('utf8').split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return (isWhole ? lines : lines.slice(1)).slice(-count).map(cleanLine)
}

function cleanLine(line: string): string {
  const room = line.length > MAX_LINE * 2 ? line.slice(0, MAX_LINE * 2) : line
  const text = room.replace(TERMINAL, '').replace(CONTROL, REPLACEMENT).toWellFormed()
  return text.length > MAX_LINE ? text.slice(0, MAX_LINE).toWellFormed() + ELLIPSIS : text
}
