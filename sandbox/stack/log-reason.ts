/** Finds the line of a log that says why its program ended. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** This much of the end of a log is read. */
const TAIL_BYTES = 65_536
/** A line is quoted up to this many characters. */
const LINE_MAX = 400
/** An error may stand this many lines before the end, in front of its stack and a summary. */
const LINES = 60

/** What surrounds an error: stack frames, dumps of its fields, source excerpts and their marks, the version of Node. */
const NOISE = [
  /^\s+at /,
  /^\s*[{}[\]()^~|─╵│-]+[,;]?\s*$/,
  /^\s+\w+: .*[,{]?$/,
  /^Emitted 'error' event/,
  /^Node\.js v\d/,
  /^node:internal\//,
  /^file:\/\/\S+:\d+$/,
  /^\s+throw /,
  /^\s*\d+ [│|]/,
  /^\s*[│|╵]/,
  /^(?:Environment|Docs|Support|Bugs|Verbose|Error): *(?:linux|darwin|win32|https?:|$)/i,
  /^\s*\d+ (?:errors?|warnings?)$/,
]
/** How programs begin the line that matters. */
const COMPLAINT = /^[✗✘✖×]|\berror\b|^\w*Error\b|\bE[A-Z]{4,}\b|\[ERR_|\b(?:cannot|could not|failed|refused|denied)\b/i

/** The line of `text` that says why it ended; undefined when it says nothing. */
export function reasonIn(text: string): string | undefined {
  const lines = text.split('\n').map(sayingOf).filter(isMeaningful).slice(-LINES)
  return short(lines.findLast((line) => COMPLAINT.test(line)) ?? lines.at(-1))
}

/** The same of a log file; undefined when it is empty or not there. */
export function reasonOf(log: string): string | undefined {
  return reasonIn(tailOf(log))
}

/** The last line of a log that holds anything. */
export function lastLine(log: string): string | undefined {
  return short(
    tailOf(log)
      .split('\n')
      .map(sayingOf)
      .findLast((line) => line.trim() !== ''),
  )
}

/** A line of the structured log, as the sentence it carries. */
function sayingOf(line: string): string {
  if (!line.startsWith('{"')) return line.slice(0, LINE_MAX * 4)
  try {
    const { level, message, error } = JSON.parse(line)
    const detail = typeof error?.message === 'string' ? `: ${error.message}` : ''
    return typeof message === 'string' ? `${level === 'ERROR' ? 'Error: ' : ''}${message}${detail}` : line
  } catch {
    return line
  }
}

function isMeaningful(line: string): boolean {
  return line.trim() !== '' && !NOISE.some((noise) => noise.test(line))
}

function short(line: string | undefined): string | undefined {
  const text = line?.trim()
  return text !== undefined && text.length > LINE_MAX ? `${text.slice(0, LINE_MAX)}…` : text
}

function tailOf(log: string): string {
  try {
    const file = openSync(log, 'r')
    try {
      const { size } = fstatSync(file)
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES))
      const read = readSync(file, tail, 0, tail.length, size - tail.length)
      return tail.toString('utf8', 0, read)
    } finally {
      closeSync(file)
    }
  } catch {
    return ''
  }
}
