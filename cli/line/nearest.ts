/** Which known word a mistyped one may have meant. */

/** A longer word is none of ours, and comparing takes time that grows with its square. */
const LONGEST = 40
/** One mistake in so many letters. */
const LETTERS_A_MISTAKE = 3
/** So many first letters of a word stand for it. */
const SHORTEST_BEGINNING = 3

/** The nearest of `known`, the first of several; undefined when none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined
  const typed = word.toLowerCase()
  let found: { readonly one: string; readonly mistakes: number } | undefined
  for (const one of known) {
    const mistakes = isBeginning(typed, one) ? 1 : distance(typed, one)
    const allowed = Math.max(1, Math.floor(Math.max(typed.length, one.length) / LETTERS_A_MISTAKE))
    if (mistakes <= allowed && mistakes < (found?.mistakes ?? Number.POSITIVE_INFINITY)) found = { one, mistakes }
  }
  return found?.one
}

/** The end of a sentence on a word that is not known: a full stop, and the nearest one where there is one. */
export function orNearest(word: string, known: Iterable<string>, shownAs = (one: string) => one): string {
  const found = nearest(word, known)
  return found === undefined ? '.' : `. Did you mean "${shownAs(found)}"?`
}

function isBeginning(typed: string, one: string): boolean {
  return typed.length >= SHORTEST_BEGINNING && one.startsWith(typed)
}

/** Letters to put in, take out, replace or swap with their neighbour (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: readonly number[] = []
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const [left = 0, up = 0, diagonal = 0] = [row[j - 1], last[j], last[j - 1]]
      const replaced = diagonal + (a[i - 1] === b[j - 1] ? 0 : 1)
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY
      row.push(Math.min(left + 1, up + 1, replaced, swapped))
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}
