/** Names of CronJobs and values of labels: whatever a project or sprint is called, Kubernetes takes it. */
import { createHash } from 'node:crypto'

const PREFIX = 'run-dailyscrum-'
/** Kubernetes appends up to 11 characters to name a Job, and a Job's name ends at 63. */
const LONGEST_NAME = 52
/** Kubernetes' bound of a label's value. */
const LONGEST_LABEL = 63
/** 40 bits: among a thousand names, two alike are less likely than one in two million. */
const HASH_DIGITS = 10
const PLAIN = /^[A-Z0-9]+(-[A-Z0-9]+)*$/
const LOOKS_HASHED = new RegExp(`(^|-)[0-9A-F]{${HASH_DIGITS}}$`)
const LABEL = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/

/**
 * `run-dailyscrum-<project>-<sprint>` in lower case, at most 52 characters.
 *
 * No two sprints share a name. It is the plain one where project and sprint can be read back from it: both are of
 * capitals, digits and hyphens, and the sprint continues its project's name (`TEST-001`, `TEST-001-S12`) or the project
 * has no hyphen. Every other name is cut and ends in a hash of both, so `a`/`b-c`, `a-b`/`c` and `A-B`/`C` stay apart.
 */
export function cronJobName(project: string, sprint: string): string {
  const pair = `${project}-${sprint}`
  if (isReadable(project, sprint)) return `${PREFIX}${pair.toLowerCase()}`
  return `${PREFIX}${hashed(slug(pair), hashOf([project, sprint]), LONGEST_NAME - PREFIX.length)}`
}

/** The text as a label's value: itself where Kubernetes takes it, otherwise cut and suffixed with its hash. */
export function labelValue(text: string): string {
  if (text.length <= LONGEST_LABEL && LABEL.test(text)) return text
  return hashed(slug(text), hashOf([text]), LONGEST_LABEL)
}

function isReadable(project: string, sprint: string): boolean {
  const pair = `${project}-${sprint}`
  if (!PLAIN.test(project) || !PLAIN.test(sprint)) return false
  if (PREFIX.length + pair.length > LONGEST_NAME || LOOKS_HASHED.test(pair)) return false
  return readBack(pair) === project
}

/** The project of `<project>-<project>-<rest>`, where the rest has no hyphen; else what precedes the first hyphen. */
function readBack(pair: string): string {
  const head = pair.slice(0, pair.lastIndexOf('-'))
  const half = head.slice(0, (head.length - 1) / 2)
  return head === `${half}-${half}` ? half : pair.slice(0, pair.indexOf('-'))
}

function hashed(text: string, hash: string, longest: number): string {
  const start = text.slice(0, longest - hash.length - 1).replace(/(?<!-)-+$/, '')
  return start === '' ? hash : `${start}-${hash}`
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
}

function hashOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, HASH_DIGITS)
}
