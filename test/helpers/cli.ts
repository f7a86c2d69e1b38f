/** `coxswain` run in this process, on an environment of the test's own. */

import type { Context } from '#cli/line/command'
import { runProgram, type Shown } from '#cli/program'
import { plain } from '#cli/show/paint'
import { systemClock } from '#lib/clock'

export interface Ran extends Shown {
  /** What is on standard output, as one text. */
  readonly out: string
  readonly err: string
  /** What was said beside it while it ran. */
  readonly notes: readonly string[]
}

export async function coxswain(argv: readonly string[], context: Partial<Context> = {}): Promise<Ran> {
  const notes: string[] = []
  const shown = await runProgram(argv, {
    env: {},
    clock: systemClock,
    sleep: async () => undefined,
    paint: plain,
    columns: undefined,
    input: async () => '',
    note: (line) => void notes.push(line),
    ...context,
  })
  return { ...shown, out: shown.lines.join('\n'), err: shown.complaint.join('\n'), notes }
}
