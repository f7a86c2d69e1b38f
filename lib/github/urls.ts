/** Addresses on GitHub: names of repositories, pull requests, and where an API's web pages live. */
import { AppError } from '#lib/errors'

export interface OwnerAndRepo {
  readonly owner: string
  readonly repo: string
}

const NAME = /^[a-z0-9_.-]{1,100}$/i
/** A pull request's number without leading zeros; ten digits outlast any repository. */
const NUMBER = /^[1-9]\d{0,9}$/
/** Lower-casing maps a few letters of other scripts onto ASCII (the Kelvin sign to k), so those are refused first. */
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** The two halves of `owner/repo`. Throws AppError `invalid` for anything that could change the path it is put into. */
export function splitRepository(repository: string): OwnerAndRepo {
  const [owner = '', repo = '', ...rest] = repository.split('/')
  if (rest.length > 0 || !isName(owner) || !isName(repo)) {
    throw new AppError('invalid', 'A repository is named owner/repo.')
  }
  return { owner, repo }
}

function isName(part: string): boolean {
  return NAME.test(part) && part !== '.' && part !== '..'
}

/** True for a host that never leaves this machine. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname)
}

/** The origin of the web pages that belong to an API address. Throws AppError `invalid` when it is no http(s) address. */
export function htmlBaseOf(apiUrl: string): string {
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw new AppError('invalid', 'The GitHub API address must be an http(s) URL.')
  }
  // github.com and tenants of ghe.com serve their API from a sibling host; Enterprise Server serves it under /api/v3.
  const sibling = url.hostname === 'api.github.com' || /^api\.[a-z0-9-]+\.ghe\.com$/.test(url.hostname)
  return sibling ? `${url.protocol}//${url.host.slice('api.'.length)}` : url.origin
}

/**
 * True only for `<htmlBase>/<repository>/pull/<n>`, to the letter: no query, fragment, user, port or trailing slash
 * beyond it. Letter case is ignored, as GitHub does. Plain http counts only where the base itself is http on loopback.
 */
export function isPullRequestOf(url: string, repository: string, htmlBase: string): boolean {
  if (!PRINTABLE_ASCII.test(url) || !isTrustedBase(htmlBase)) return false
  const halves = repository.split('/')
  if (halves.length !== 2 || !halves.every(isName)) return false
  const prefix = `${htmlBase}/${repository}/pull/`.toLowerCase()
  return url.toLowerCase().startsWith(prefix) && NUMBER.test(url.slice(prefix.length))
}

/**
 * True for a pull request of the repository, under the name it was configured by or the one it has today: those of a
 * renamed repository carry its new name. `renamedTo` is asked only when the first does not fit.
 */
export async function isPullRequestOfEither(
  url: string,
  repository: string,
  { htmlBase, renamedTo }: { htmlBase: string; renamedTo: (repository: string) => Promise<string | undefined> },
): Promise<boolean> {
  if (isPullRequestOf(url, repository, htmlBase)) return true
  const name = await renamedTo(repository)
  return name !== undefined && isPullRequestOf(url, name, htmlBase)
}

function isTrustedBase(htmlBase: string): boolean {
  if (!PRINTABLE_ASCII.test(htmlBase) || !URL.canParse(htmlBase)) return false
  const base = new URL(htmlBase)
  if (base.origin !== htmlBase.toLowerCase()) return false
  return base.protocol === 'https:' || (base.protocol === 'http:' && isLoopback(base))
}
