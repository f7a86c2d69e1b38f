/** Which GitHub the stack works on: the one that is configured as a whole, or the stand-in where that is meant. */
import { AppError } from '#lib/errors'
import { type CredentialSettings, credentialOf } from '#lib/github/credential'

export interface GivenGitHub extends CredentialSettings {
  readonly GITHUB_API_URL: string
  readonly GITHUB_REPO: readonly string[]
  readonly GITHUB_REPOS: readonly string[]
}

export interface ConfiguredGitHub {
  readonly apiUrl: string
  readonly token?: string
  /** The variables of a GitHub App, in the token's place. */
  readonly app?: Readonly<Record<string, string>>
  readonly repositories: readonly string[]
}

export type StandIns = 'off' | 'on' | 'unset'

export interface GitHubChoice {
  /** Undefined: the stand-in. */
  readonly github: ConfiguredGitHub | undefined
  /** What is set and not used. */
  readonly remarks: readonly string[]
}

/**
 * A repository without a credential, or the reverse, is half of what is needed: the stand-in takes its place only where
 * STAND_INS=on says so. Throws AppError `invalid` that names what is missing, and both ways to mend it.
 */
export function chooseGitHub(given: GivenGitHub, standIns: StandIns): GitHubChoice {
  const repositories = [...new Set([...given.GITHUB_REPO, ...given.GITHUB_REPOS])]
  const credential = credentialsIn(given)
  const lack = lackOf(given, repositories.length > 0, credential)
  if (lack === undefined && credential.length > 0) return { github: configured(given, repositories), remarks: [] }
  if (lack !== undefined && standIns !== 'on') throw new AppError('invalid', `${lack.is} ${mend(lack, standIns)}`)
  if (standIns === 'off') {
    throw new AppError(
      'invalid',
      'STAND_INS is off, so GITHUB_TOKEN and GITHUB_REPO (or GITHUB_REPOS) must be set. A GitHub App may take the token’s place. Or unset STAND_INS to work on the stand-in.',
    )
  }
  return { github: undefined, remarks: lack === undefined ? [] : [`${lack.is} The stand-in takes GitHub's place.`] }
}

interface Lack {
  readonly is: string
  /** The variable that completes it, with an example. */
  readonly set: string
}

/** What is missing; undefined when everything is there, or nothing. */
function lackOf(given: GivenGitHub, hasRepository: boolean, credential: readonly string[]): Lack | undefined {
  const [known] = credential
  if (known === undefined) {
    const name = given.GITHUB_REPO.length > 0 ? 'GITHUB_REPO' : 'GITHUB_REPOS'
    const set = 'GITHUB_TOKEN=<token> (or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY)'
    return hasRepository ? { is: `${name} is set but GITHUB_TOKEN is not.`, set } : undefined
  }
  if (!hasRepository) return { is: `${known} is set but GITHUB_REPO is not.`, set: 'GITHUB_REPO=owner/repo' }
  if (credential.includes('GITHUB_TOKEN')) return undefined
  const half = ['GITHUB_APP_ID', 'GITHUB_APP_PRIVATE_KEY'].find((name) => !credential.includes(name))
  return half === undefined ? undefined : { is: `${known} is set but ${half} is not.`, set: `${half}=…` }
}

function mend({ set }: Lack, standIns: StandIns): string {
  const other = standIns === 'off' ? '' : ', or start with STAND_INS=on to leave it unused and work on the stand-in'
  return `Set ${set} as well${other}.`
}

/** The names of the credentials that are set. */
function credentialsIn(given: GivenGitHub): readonly string[] {
  const { GITHUB_TOKEN, GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY } = given
  const all = { GITHUB_TOKEN, GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY }
  return Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [name]))
}

/** Throws AppError `invalid` when the credential cannot be used, as the functions would. */
function configured(given: GivenGitHub, repositories: readonly string[]): ConfiguredGitHub {
  const { GITHUB_API_URL: apiUrl, GITHUB_TOKEN: token, GITHUB_APP_ID = '', GITHUB_APP_PRIVATE_KEY = '' } = given
  credentialOf(given)
  if (token !== undefined) return { apiUrl, token, repositories }
  const { GITHUB_APP_INSTALLATION_ID = '' } = given
  return { apiUrl, app: { GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY, GITHUB_APP_INSTALLATION_ID }, repositories }
}
