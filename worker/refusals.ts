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
  /** `machine`: this worker's, not the attempt's. */
  readonly fault?: 'machine'
  /** The credential that was not accepted at all. */
  readonly refused?: 'GITHUB_TOKEN'
}

/** What a token must be allowed to do, in the words of GitHub's settings. */
export const TOKEN_RIGHTS =
  'A fine-grained token needs Contents and Pull requests (read and write), and Workflows where issues change those, on this repository; a classic one the scope repo.'

/** To be added to a 401. */
export const TOKEN_REFUSED = `GITHUB_TOKEN is not accepted: it is wrong, expired or revoked. Replace it, or the content of the file of GITHUB_TOKEN_FILE. ${TOKEN_RIGHTS}`

const REFUSED_TOKEN = { fault: 'machine', refused: 'GITHUB_TOKEN' } as const

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
    details: REFUSED_TOKEN,
    mend: TOKEN_REFUSED,
  },
  {
    says: /error: 40[34]|Permission to \S{1,200} denied|Write access to repository not granted|Repository not found|archived/i,
    code: 'forbidden',
    details: KEEP,
    mend: `The worker's token needs the right to push to this repository. ${TOKEN_RIGHTS}`,
  },
  // Protected branches (GH006), rulesets (GH013), private addresses (GH007), hooks of other servers.
  { says: /\[remote rejected\]|hook declined|\bGH0\d\d\b/i, code: 'forbidden', details: KEEP },
]

/** The network's reasons, in the words of curl as git passes them on. */
const NETWORK: readonly Rule[] = [
  {
    says: /Could not resolve host/i,
    code: 'upstream_unavailable',
    mend: 'DNS does not know this host: is GIT_BASE_URL or GITHUB_API_URL right?',
  },
  {
    says: /Failed to connect|Connection refused|Connection timed out|Couldn't connect/i,
    code: 'upstream_unavailable',
    mend: 'Nothing answers there: is the address right, and is a proxy needed (HTTPS_PROXY)?',
  },
  {
    says: /SSL certificate problem|server certificate verification failed/i,
    code: 'upstream_unavailable',
    mend: 'This machine does not trust the certificate: name the file of its authority in GIT_SSL_CAINFO.',
  },
]

/** Why a clone failed. Before a run nothing is lost: all of it is the machine's, and the job goes back. */
const READING: readonly Rule[] = [
  {
    says: /Authentication failed|could not read Username|error: 401/i,
    code: 'upstream_unavailable',
    details: REFUSED_TOKEN,
    mend: TOKEN_REFUSED,
  },
  { says: /rate limit|error: 429/i, code: 'rate_limited' },
  {
    says: /not found|error: 40[34]|access denied|Permission to/i,
    code: 'upstream_unavailable',
    mend: `GITHUB_TOKEN may not read this repository, or it does not exist. ${TOKEN_RIGHTS}`,
  },
  ...NETWORK,
]

/** Lines that say nothing about the cause. */
const NOISE =
  /^(?:To |hint:|Everything up-to-date|Enumerating|Counting|Delta|Compressing|Writing|Total |remote: (?:Resolving|Counting|Compressing|Enumerating|error: Trace:)|error: failed to push some refs)/

/** The error that a failed push stands for. Anything but git's own failure is thrown on as it is. */
export function refusedPush(thrown: unknown): never {
  return explained(thrown, [...RULES, ...NETWORK])
}

/** The error that a failed clone or fetch stands for. */
export function refusedClone(thrown: unknown): never {
  return explained(thrown, READING)
}

function explained(thrown: unknown, rules: readonly Rule[]): never {
  const complaint = complaintOf(thrown)
  const rule = rules.find(({ says }) => says.test(complaint))
  if (rule === undefined) throw thrown
  const { code, details = {}, mend } = rule
  const what = /^git \S{1,40} failed:/.exec(messageOf(thrown))?.[0] ?? 'git push failed:'
  const said = sentencesOf(complaint)
  // Git ends its sentences without a full stop.
  const ended = mend === undefined ? said : said.replace(/[^.!?]$/, '$&.')
  throw new AppError(code, [what, ended, mend].filter(Boolean).join(' '), {
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
export function sentencesOf(complaint: string): string {
  const lines = complaint.split('\n').filter((line) => !NOISE.test(line.trim()))
  const told = lines.map((line) => line.trim().replace(/^remote:\s*(?:error:\s*)?|^(?:fatal|error):\s*/, ''))
  const said = told.map((line) => reasonOfRejected(line) ?? line)
  return [...new Set(said.map((line) => line.trim()).filter(Boolean))].join('\n')
}

/** `reason` of `! [rejected] main -> main (reason)`. */
function reasonOfRejected(line: string): string | undefined {
  if (!/^! \[(?:remote )?rejected\]/.test(line) || !line.endsWith(')')) return undefined
  const arrow = line.indexOf(' -> ')
  const open = arrow < 0 ? -1 : line.indexOf(' (', arrow)
  return open < 0 ? undefined : line.slice(open + 2, -1)
}
