/** Rows in columns, as a terminal shows them. */
import type { Paint } from './paint.ts'
import { type Colour, plain } from './paint.ts'
import { cut } from './printable.ts'

/** Text, with the colour it has on a terminal. */
export type Cell = string | { readonly text: string; readonly colour: Colour }

export interface Look {
  readonly paint: Paint
  /** Characters in a line; longer rows are cut. */
  readonly columns: number | undefined
}

export function aligned(rows: readonly (readonly Cell[])[], look: Look = { paint: plain, columns: undefined }) {
  const width = (column: number) => Math.max(...rows.map((row) => lengthOf(row[column] ?? '')))
  const widths = Array.from({ length: Math.max(0, ...rows.map((row) => row.length)) }, (_, at) => width(at))
  return rows.map((row) => lineOf(row, widths, look))
}

function lineOf(row: readonly Cell[], widths: readonly number[], { paint, columns }: Look): string {
  const line: string[] = []
  let left = columns ?? Number.POSITIVE_INFINITY
  for (const [at, cell] of row.entries()) {
    const text = cut(textOf(cell), left)
    const isLast = row.slice(at + 1).every((rest) => textOf(rest) === '')
    const padding = isLast ? '' : ' '.repeat((widths[at] ?? 0) - lengthOf(cell))
    line.push(typeof cell === 'string' ? text : paint(cell.colour, text), padding)
    left -= (widths[at] ?? 0) + GAP.length
    if (isLast || left <= 0) break
    line.push(GAP)
  }
  return line.join('').trimEnd()
}

const GAP = '  '

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell.text
}

function lengthOf(cell: Cell): number {
  return [...textOf(cell)].length
}
