/** Tables on the terminal, and bounds that decide whether the run is good. */

export type Row = Readonly<Record<string, string | number>>

/** What was measured, as a table, and the bounds it misses. */
export interface Section {
  readonly title: string
  readonly rows: readonly Row[]
  readonly notes?: readonly string[]
  readonly missed: readonly string[]
}

export function print({ title, rows, notes = [], missed }: Section): void {
  console.log(`\n${title}\n`)
  console.log(table(rows))
  for (const note of notes) console.log(`  ${note}`)
  for (const bound of missed) console.log(`  MISSED: ${bound}`)
}

/** Columns by the first row's names, numbers to the right. */
function table(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? {})
  const cells = [names, ...rows.map((row) => names.map((name) => text(row[name])))]
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const isNumber = names.map((name) => typeof rows[0]?.[name] === 'number')
  const lines = cells.map((line) =>
    line.map((cell, n) => (isNumber[n] ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0))).join('  '),
  )
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [lines[0], rule, ...lines.slice(1)].map((line) => `  ${line}`).join('\n')
}

function text(value: string | number | undefined): string {
  if (typeof value !== 'number') return value ?? ''
  return Number.isInteger(value) ? String(value) : value.toFixed(2)
}

/** The value below which a share `part` of them lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
}

/** A list with the bound in it when it is missed. */
export function bound(holds: boolean, words: string): readonly string[] {
  return holds ? [] : [words]
}
