/** Reads the flags of `coxswain-worker`. Pure. */

const FLAGS = ['--plain', '--help', '--version'] as const

export type Call =
  | { readonly kind: 'work'; readonly plain: boolean }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'unknown'; readonly message: string }

/** More differences than this are another word. */
const FARTHEST = 3

export function readFlags(args: readonly string[]): Call {
  if (args.some((arg) => arg === '--help' || arg === '-h' || arg === 'help')) return { kind: 'help' }
  if (args.some((arg) => arg === '--version' || arg === '-v')) return { kind: 'version' }
  const unknown = args.find((arg) => arg !== '--plain')
  if (unknown === undefined) return { kind: 'work', plain: args.includes('--plain') }
  const near = FLAGS.find((flag) => distance(unknown.slice(0, 20), flag) <= FARTHEST)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return {
    kind: 'unknown',
    message: `Unknown argument ${JSON.stringify(unknown)}.${hint} coxswain-worker --help lists what there is.`,
  }
}

/** Levenshtein's distance: how many letters are to be changed, added or taken out. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
