/** Whom a refusal of GitHub is about: the token, a whole repository, or one issue of it. Pure. */
import { isLimitRefusal, type Spoken } from '#lib/github/limits'

/**
 * `token`: no call of this token will be taken. `repository`: no write to it will be. `item`: this one issue, pull request
 * or comment; its neighbours are not affected.
 */
export type RefusalScope = 'token' | 'repository' | 'item'

/** GitHub's sentences are short; a longer text is a web page, of which the head is enough. */
const READ = 2_000

/** The repository's issues were turned off, which answers 410 as a deleted issue does; they come back when it is undone. */
export const ISSUES_OFF = /issues (?:are|is|has been|have been) disabled/i

const OF_TOKEN = [/\baccount (?:was|is|has been) suspended/i, /maximum number of login attempts/i]

/**
 * What GitHub says when it is the repository, its organisation or the token's rights there that forbid a write. A missing
 * right counts here: fine-grained tokens and installations of an App differ from one repository to the next.
 */
const OF_REPOSITORY = [
  /resource not accessible by (?:personal access token|integration)/i,
  /archived so is read-only/i,
  /repository access blocked|repository (?:has been )?(?:disabled|locked)|repository unavailable/i,
  ISSUES_OFF,
  /must have (?:admin|push|write|triage|maintain)\b/i,
  /saml enforcement|ip allow list|oauth app access restrictions|restricted to collaborators/i,
  /needs at least one of the following scopes/i,
]

/** Undefined for an answer that refuses nothing for good: a success, a limit, an outage. */
export function scopeOfRefusal(answer: Spoken): RefusalScope | undefined {
  const { status, headers } = answer
  if (status < 400 || status >= 500 || status === 408 || isLimitRefusal(answer)) return undefined
  const said = answer.message.slice(0, READ)
  if (status === 401 || OF_TOKEN.some((pattern) => pattern.test(said))) return 'token'
  if (status === 451 || headers['x-github-sso'] !== undefined) return 'repository'
  if (status !== 403 && status !== 410) return 'item'
  return OF_REPOSITORY.some((pattern) => pattern.test(said)) || lacksScope(headers) ? 'repository' : 'item'
}

/** True when GitHub says that the token lacks a permission; the header that lists permissions comes with every answer. */
export function lacksPermission({ message }: Pick<Spoken, 'message'>): boolean {
  return /resource not accessible by/i.test(message.slice(0, READ))
}

/** True when a classic token has none of the scopes that the call accepts. */
export function lacksScope(headers: Spoken['headers']): boolean {
  const accepted = listed(headers['x-accepted-oauth-scopes'])
  if (headers['x-oauth-scopes'] === undefined || accepted.length === 0) return false
  const held = listed(headers['x-oauth-scopes'])
  return !accepted.some((scope) => held.includes(scope))
}

function listed(header: string | undefined): readonly string[] {
  return (header ?? '')
    .split(',')
    .map((scope) => scope.trim())
    .filter((scope) => scope !== '')
}
