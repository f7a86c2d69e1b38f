/** Globs as text: made uniform, bounded, and compared where a look suffices. Pure. */

/** Everything in the repository. */
export const EVERYTHING = '**'
/** Longer ones, and more of them, are widened to the folders they lie in. */
const LONGEST_GLOB = 200
const MOST_GLOBS = 32
/** So many bytes travel with a job whose body lives apart: its ticket stays below 1 KB. */
const GLOBS_BYTES = 192
/** A list's element costs this much beside its text. */
const ELEMENT_BYTES = 1
/** A name that ends like a file's: `x.ts`, `*.md`, `a.{ts,tsx}`, `b.*`; not `.github`, not `v1.2`. */
const FILE_NAME = /[^/]\.(?:[A-Za-z]\w{0,9}$|\*$|[{[@+(])/
/** What makes a segment more than a name. */
const MAGIC = /[*?[\]{}()!+@|\\]/

/** The glob without what does not count: `./`, slashes in excess, the end of a sentence. `src/` is all that is in it. */
export function tidyGlob(word: string): string {
  const segments = word
    .trim()
    .replace(/(?<=[^./])\.$/, '')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
  // What climbs out of its folder could be anywhere.
  if (segments.length === 0 || segments.includes('..')) return EVERYTHING
  const glob = /\/\s*$/.test(word) ? [...segments, EVERYTHING].join('/') : segments.join('/')
  return glob.length <= LONGEST_GLOB ? glob : folderOf(glob, baseOf(glob).length)
}

/** The same globs, or, where these are too many or too long to travel with a job, the folders they lie in: never less. */
export function boundedGlobs(globs: readonly string[]): readonly string[] {
  const deepest = Math.max(0, ...globs.map((glob) => baseOf(glob).length))
  let bounded = globs
  for (let depth = deepest; depth >= 0 && !fits(bounded); depth--) {
    bounded = [...new Set(globs.map((glob) => folderOf(glob, depth)))]
  }
  return bounded
}

function fits(globs: readonly string[]): boolean {
  const bytes = globs.reduce((sum, glob) => sum + Buffer.byteLength(glob) + ELEMENT_BYTES, 0)
  return globs.length <= MOST_GLOBS && bytes <= GLOBS_BYTES
}

/** True when what the glob matches may be a folder, which stands for everything below it. */
export function mayBeFolder(glob: string): boolean {
  return !FILE_NAME.test(glob)
}

/** The first `depth` plain segments of a glob, as the folder that holds all it matches. */
function folderOf(glob: string, depth: number): string {
  const kept: string[] = []
  for (const segment of baseOf(glob).slice(0, depth)) {
    if ([...kept, segment].join('/').length > LONGEST_GLOB) break
    kept.push(segment)
  }
  return kept.length === 0 ? EVERYTHING : kept.join('/')
}

/** The segments before the first that is a pattern. */
function baseOf(glob: string): readonly string[] {
  const segments = glob.split('/')
  const first = segments.findIndex((segment) => MAGIC.test(segment))
  return first < 0 ? segments : segments.slice(0, first)
}

/**
 * Whether two globs can match one path, as far as their plain beginnings tell; undefined when that takes a closer look.
 * A plain name stands for everything below it, too.
 */
export function meetAtSight(a: string, b: string): boolean | undefined {
  if (a === b || a === EVERYTHING || b === EVERYTHING) return true
  const [left, right] = [baseOf(a), baseOf(b)]
  const common = Math.min(left.length, right.length)
  for (let at = 0; at < common; at++) if (left[at] !== right[at]) return false
  // The shorter beginning is a whole name: it holds the other.
  const isPlain = (glob: string, base: readonly string[]) => base.join('/') === glob
  const holds = (isPlain(a, left) && left.length <= right.length) || (isPlain(b, right) && right.length <= left.length)
  return holds ? true : undefined
}
