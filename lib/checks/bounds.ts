/** How much of a proposal is looked at, and how long. Beyond these a check says so instead of going on. */

/** Characters of a proposal; the contract's 100 KB, twice, so that its own limit is the one that is met. */
export const MOST_TEXT = 200_000
/** Fenced blocks that are linted and dry-run; a proposal of 100 KB holds a few dozen. */
export const MOST_BLOCKS = 100
/** Documents (of YAML or of a Kubernetes List) that are dry-run. */
export const MOST_DOCUMENTS = 100
/** Entries of a list in an answer; what is left out is counted. */
export const MOST_LISTED = 20
/** Characters of one entry. */
export const MOST_WORDS = 300
/** Levels of nesting in JSON and YAML: real manifests stay below 25, and validators recurse. */
export const DEEPEST = 64
/** Wall time of each check, ms: for hostile text alone. An honest 100 KB takes a twentieth, on a busy machine a third. */
export const CHECK_MS = 5000
