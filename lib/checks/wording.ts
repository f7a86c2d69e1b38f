/** How findings are worded: bounded, one line each, and without the secrets they may quote. */
import { MOST_LISTED, MOST_WORDS } from './bounds.ts'

/** Something found in a proposal; `line` counts its lines from 1. */
export interface Finding {
  readonly line: number
  readonly message: string
}

export function told({ line, message }: Finding): string {
  return `line ${line}: ${message}`
}

/** One line of at most `most` characters, without control characters and lone surrogates. */
export function clipped(text: string, most = MOST_WORDS): string {
  const line = text
    .slice(0, most * 2)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return line.length > most ? `${line.slice(0, most).toWellFormed()}…` : line
}

/** The first entries, and how many more there are. */
export function listed(entries: readonly string[], most = MOST_LISTED): readonly string[] {
  const shown = entries.slice(0, most).map((entry) => clipped(entry))
  return entries.length > most ? [...shown, `… and ${entries.length - most} more`] : shown
}

/** `1 manifest`, `3 manifests`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
