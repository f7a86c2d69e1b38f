/** Who sees which proposal under which number: a shuffle of its own per reviewer and round, repeatable from the run's seed. */
import { digestOf } from './digest.ts'

/** The others' authors in the order in which `reviewer` sees them in `round`; the reviewer itself is never among them. */
export function dealt(seed: string, round: number, reviewer: string, authors: readonly string[]): readonly string[] {
  const others = authors.filter((author) => author !== reviewer).toSorted()
  return shuffled(`${seed}/${round}/${reviewer}`, others)
}

/** A permutation that depends on `seed` and nothing else: items are sorted by the digest of their place. */
export function shuffled<T>(seed: string, items: readonly T[]): readonly T[] {
  return items
    .map((item, place) => ({ item, by: digestOf(`${seed}/${place}`) }))
    .toSorted((a, b) => (a.by < b.by ? -1 : 1))
    .map(({ item }) => item)
}

/** Shorter ids are words that may stand in any text. */
const TELLING_ID = 8

/** The text without the ids of the agents, for one that signs its proposal. */
export function anonymous(text: string, agents: readonly string[]): string {
  const telling = agents.filter((id) => id.length >= TELLING_ID).toSorted((a, b) => b.length - a.length)
  return telling.reduce((rest, id) => rest.replaceAll(id, '[agent]'), text)
}
