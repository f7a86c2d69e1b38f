/**
 * Reads why a push failed: what the remote's rules refuse is final, machine and network are not. Sentences are quoted as git
 * and the remote say them; git speaks English here (LC_ALL=C).
 */
import { AppError } from '#lib/errors'

/**
 * What a refusal says about the result: `keep` offers it again as it is, once somebody has mended the rule or the right;
 * `redo` means that it no longer fits on the branch.
 */
export interface RefusalDetails {
  readonly result?: 'keep' | 'redo'
}

const KEEP: RefusalDetails = { result: 'keep' }
const REDO: RefusalDetails = { result: 'redo' }

interface Rule {
  readonly says: RegExp
  readonly code: 'invalid' | 'forbidden' | 'rate_limited' | 'upstream_unavailable'
  readonly details?: RefusalDetails
  /** What to do, where the remote does not say it. */
  readonly mend?: string
}

/** The first that fits counts. Sentences are GitHub's, with its error codes where it gives one, and git's own. */
const RULES: readonly Rule[] = [
  { says: /\bGH001\b|exceeds .{0,40}file size limit|pack exceeds maximum allowed size|error: 413/i, code: 'invalid' },
  { says: /\bGH009\b|Push cannot contain secrets/i, code: 'invalid' },
  { says: /fsck error|bad tree object|invalid path/i, code: 'invalid' },
  {
    says: /refusing to allow .{0,80}workflow/i,
    code: 'forbidden',
    details: KEEP,
    mend: "Give the worker's token the right to change workflows, or take the workflow out of the issue.",
  },
  {
    says: /refs\/heads\/\S{1,200}' exists; cannot create|directory\/file conflict|conflicting ref/i,
    code: 'forbidden',
    details: KEEP,
    mend: 'Rename or delete the branch whose name stands in the way.',
  },
  { says: /non-fast-forward|fetch first|stale info|but expected/i, code: 'upstream_unavailable', details: REDO },
  { says: /rate limit|error: 429/i, code: 'rate_limited' },
  {
    says: /internal (?:server )?error|failed to (?:update|write) ref|cannot lock ref|unpacker error|error: 5\d\d/i,
    code: 'upstream_unavailable',
  },
  {
    says: /Authentication failed|could not read Username|error: 401/i,
    code: 'upstream_unavailable',
    mend: "The worker's GITHUB_TOKEN is not valid any more; replace it.",
  },
  {
    says: /error: 40[34]|Permission to \S{1,200} denied|Write access to repository not granted|Repository not found|archived/i,
    code: 'forbidden',
    details: KEEP,
    mend: "The worker's token needs the right to push to this repository.",
  },
  // Protected branches (GH006), rulesets (GH013), private addresses (GH007), hooks of other servers.
  { says: /\[remote rejected\]|hook declined|\bGH0\d\d\b/i, code: 'forbidden', details: KEEP },
]

/** Lines that say nothing about the cause. */
const NOISE =
  /^(?:To |hint:|Everything up-to-date|Enumerating|Counting|Delta|Compressing|Writing|Total |remote: (?:Resolving|Counting|Compressing|Enumerating|error: Trace:)|error: failed to push some refs)/

/** The error that a failed push stands for. Anything but git's own failure is thrown on as it is. */
export function refusedPush(thrown: unknown): never {
  const complaint = complaintOf(thrown)
  const rule = RULES.find(({ says }) => says.test(complaint))
  if (rule === undefined) throw thrown
  const { code, details = {}, mend } = rule
  const what = /^git \S{1,40} failed:/.exec(messageOf(thrown))?.[0] ?? 'git push failed:'
  throw new AppError(code, [what, sentencesOf(complaint), mend].filter(Boolean).join(' '), {
    cause: thrown,
    details: { ...details },
  })
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : '')

/** All that git said, longer than what its error quotes. */
function complaintOf(thrown: unknown): string {
  if (!(thrown instanceof AppError) || thrown.code !== 'upstream_unavailable') return ''
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message
}

/** The remote's lines and the reason of the rejected ref, without progress and prefixes. */
function sentencesOf(complaint: string): string {
  const lines = complaint.split('\n').filter((line) => !NOISE.test(line.trim()))
  const told = lines.map((line) => line.trim().replace(/^remote:\s*(?:error:\s*)?|^(?:fatal|error):\s*/, ''))
  const said = told.map((line) => /^! \[(?:remote )?rejected\].{1,300}? -> \S{1,300} \((.*)\)$/.exec(line)?.[1] ?? line)
  return [...new Set(said.map((line) => line.trim()).filter(Boolean))].join('\n')
}
