import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** The cells of one row of a Markdown table, without the pipes around it. */
const cellsOf = (line: string) => line.slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim()) // biome-ignore format: one line

const rows = readFileSync('docs/security.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|') && !line.startsWith('|---') && !line.startsWith('| threat |'))
  .map(cellsOf)

const testsIn = (text: string) => [...text.matchAll(/`(test\/[^`]+)`/g)].map((match) => String(match[1]))

describe('docs/security.md', () => {
  it('has a row for each threat of the OWASP API Security Top 10', () => {
    const named = new Set(rows.flatMap(([threat]) => /^API(\d+) /.exec(threat ?? '')?.[1] ?? []))

    expect([...named].map(Number).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  it.each(rows.map((cells) => ({ threat: cells[0], cells })))(
    '$threat: is complete, and its tests exist',
    ({ cells }) => {
      expect(cells).toHaveLength(4)
      expect(cells.filter((cell) => cell === '')).toEqual([])
      const tests = testsIn(cells.at(-1) ?? '')
      expect(tests).not.toEqual([])
      expect(tests.filter((file) => !existsSync(file))).toEqual([])
    },
  )
})
