/** Where the demo shows itself: a view redrawn in place on a terminal, a line per event anywhere else. */

export interface Screen {
  /** True when `draw` shows anything. */
  readonly isLive: boolean
  /** A line that stays. */
  print(line: string): void
  /** Shows these lines in the place of those drawn before. */
  draw(lines: readonly string[]): void
  /** Leaves what was drawn last as it is. */
  settle(): void
}

export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

const CLEAR_BELOW = '\u001b[J'
const CLEAR_REST = '\u001b[K'
const up = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}A`)
/** Of terminals that do not tell. */
const USUAL = { columns: 100, rows: 40 }

export function createScreen(output: Output): Screen {
  let drawn = 0

  const draw = (lines: readonly string[]): void => {
    const { columns = USUAL.columns, rows = USUAL.rows } = output
    // What is longer than the screen cannot be drawn over: the cursor does not go above the top.
    const fitting = lines.slice(0, rows - 1).map((line) => line.slice(0, columns - 1))
    output.write(`${up(drawn)}\r${fitting.map((line) => `${line}${CLEAR_REST}\n`).join('')}${CLEAR_BELOW}`)
    drawn = fitting.length
  }

  return {
    isLive: output.isTTY === true,
    print(line) {
      output.write(`${drawn === 0 ? '' : `${up(drawn)}\r${CLEAR_BELOW}`}${line}\n`)
      drawn = 0
    },
    draw(lines) {
      if (output.isTTY === true) draw(lines)
    },
    settle() {
      drawn = 0
    },
  }
}
