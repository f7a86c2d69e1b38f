/** Whether two sets of globs can touch one file: at sight where that suffices, else by intersecting automata. */
import { meetAtSight } from './globs.ts'

export type Overlap = (a: readonly string[], b: readonly string[]) => Promise<boolean>

/** Answers kept by a process; then it starts afresh. */
const MOST_ANSWERS = 10_000
/** Automata kept by a process. */
const MOST_AUTOMATA = 500

/** Takes what cannot be told at sight for an overlap. For those who never lease. */
export const overlapAtSight: Overlap = async (a, b) =>
  a.some((one) => b.some((other) => meetAtSight(one, other) ?? true))

/** An overlap by the libraries, which are loaded when they are first needed. Remembers its answers. */
export function createOverlap(): Overlap {
  const load = () => import('./automata.ts')
  type Automaton = ReturnType<Awaited<ReturnType<typeof load>>['automatonOf']>
  const automata = new Map<string, Automaton>()
  const answers = new Map<string, boolean>()

  async function meets(one: string, other: string): Promise<boolean> {
    const atSight = meetAtSight(one, other)
    if (atSight !== undefined) return atSight
    const name = one < other ? `${one}\n${other}` : `${other}\n${one}`
    const known = answers.get(name)
    if (known !== undefined) return known
    const { automatonOf, meet } = await load()
    const answer = meet(remembered(automatonOf, one), remembered(automatonOf, other))
    if (answers.size >= MOST_ANSWERS) answers.clear()
    answers.set(name, answer)
    return answer
  }

  function remembered(make: (glob: string) => Automaton, glob: string): Automaton {
    if (automata.has(glob)) return automata.get(glob)
    if (automata.size >= MOST_AUTOMATA) automata.clear()
    const automaton = make(glob)
    automata.set(glob, automaton)
    return automaton
  }

  return async function overlap(a, b) {
    for (const one of a) for (const other of b) if (await meets(one, other)) return true
    return false
  }
}
