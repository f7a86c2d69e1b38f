/** The worker's voice: one JSON line per event, or a plain line for people; secrets masked, control characters escaped. */
import { type Clock, toTimestamp } from '#lib/clock'
import type { Mask } from './mask.ts'

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type Level = (typeof LEVELS)[number]

export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>

export type Log = Readonly<Record<Level, (msg: string, fields?: Fields) => void>> & {
  /** A line of the command's own output; shown to people only, never part of the JSON log. */
  output(line: string): void
}

export interface LogPorts {
  readonly clock: Clock
  readonly mask: Mask
  write(line: string): void
}

export interface LogOptions {
  readonly level: Level
  readonly plain: boolean
}

/** What JSON leaves as it is but a terminal or a log viewer may act on. */
const ACTIVE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

export function createLog({ clock, mask, write }: LogPorts, { level, plain }: LogOptions): Log {
  const at =
    (own: Level) =>
    (msg: string, fields: Fields = {}) => {
      if (LEVELS.indexOf(own) < LEVELS.indexOf(level)) return
      const time = toTimestamp(clock.now())
      write(
        mask(plain ? plainLine(own, time, msg, fields) : escaped(JSON.stringify({ level: own, time, msg, ...fields }))),
      )
    }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    output: (line) => {
      if (plain) write(`           │ ${printable(shortened(mask(line)))}`)
    },
  }
}

function escaped(text: string): string {
  return text.replace(ACTIVE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Characters of a line of output that are shown. */
const LONGEST_SHOWN = 8000

const shortened = (line: string): string => (line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line)

/** JSON's escaping without its quotes. */
function printable(text: string): string {
  return escaped(JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"'))
}

function plainLine(level: Level, time: string, msg: string, fields: Fields): string {
  const facts = Object.entries(fields).filter(([, value]) => value !== undefined)
  const tail = facts.map(([name, value]) => `${name}=${printable(String(value))}`).join(' ')
  const mark = level === 'info' || level === 'debug' ? ' ' : '!'
  return `${time.slice(11, 19)} ${mark} ${printable(msg)}${tail === '' ? '' : `  ${tail}`}`
}
