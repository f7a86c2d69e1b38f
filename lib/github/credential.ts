/** How GitHub is told who we are: by a token or as an App, never both. */
import { AppError } from '#lib/errors'
import type { PollStore } from '#lib/queue/source'
import { createAppClient } from './app.ts'
import { readPrivateKey } from './app-key.ts'
import { createClient } from './client.ts'
import { followRenames, type RenamingClient } from './renames.ts'
import type { LimitNote } from './shared-limit.ts'
import { splitRepository } from './urls.ts'

type Gate = Pick<PollStore, 'closedUntil' | 'closeUntil'>

/** The settings that say so. */
export interface CredentialSettings {
  readonly GITHUB_TOKEN?: string | undefined
  readonly GITHUB_APP_ID?: string | undefined
  readonly GITHUB_APP_PRIVATE_KEY?: string | undefined
  readonly GITHUB_APP_INSTALLATION_ID?: string | undefined
}

export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'app'
      readonly appId: string
      /** PEM. */
      readonly privateKey: string
      readonly installationId: number | undefined
    }

const NUMBER = /^[1-9]\d{0,14}$/
/** A number, or the client id that GitHub takes in its place. */
const APP_ID = /^[A-Za-z0-9.]{1,64}$/

/** Throws AppError `invalid` that names what is missing, contradictory or wrong. */
export function credentialOf(given: CredentialSettings): Credential {
  const { GITHUB_TOKEN: token, GITHUB_APP_ID: appId, GITHUB_APP_PRIVATE_KEY: key } = given
  const installation = given.GITHUB_APP_INSTALLATION_ID
  if (token !== undefined) {
    if (appId !== undefined || key !== undefined)
      throw wrong('GITHUB_TOKEN and GITHUB_APP_ID: set one of them, not both')
    return { kind: 'token', token }
  }
  if (appId === undefined && key === undefined) throw wrong('GITHUB_TOKEN: is not set (nor GITHUB_APP_ID)')
  if (appId === undefined) throw wrong('GITHUB_APP_ID: is not set, but GITHUB_APP_PRIVATE_KEY is')
  if (key === undefined) throw wrong('GITHUB_APP_PRIVATE_KEY: is not set, but GITHUB_APP_ID is')
  if (!APP_ID.test(appId)) throw wrong('GITHUB_APP_ID: must be the number or the client id of the App')
  if (installation !== undefined && !NUMBER.test(installation)) {
    throw wrong('GITHUB_APP_INSTALLATION_ID: must be a number')
  }
  const installationId = installation === undefined ? undefined : Number(installation)
  return { kind: 'app', appId, privateKey: readPrivateKey(key), installationId }
}

/**
 * The one line to GitHub of a process. `noteOf`: where the limits of the token are noted for all processes; an App has a
 * note for each installation.
 */
export function connect(
  credential: Credential,
  baseUrl: string,
  noteOf?: (installationId?: number) => LimitNote,
): RenamingClient {
  const client =
    credential.kind === 'token'
      ? createClient({ baseUrl, token: credential.token, note: noteOf?.() })
      : createAppClient({ baseUrl, ...credential, noteOf })
  return followRenames(client, { apiUrl: baseUrl })
}

/**
 * The line to GitHub that a repository is reached by, where there are several with limits of their own: an App has one for
 * each account that installed it. Undefined for a token, or one installation: then a limit is everybody's.
 */
export function linesOf(credential: Credential): ((repository: string) => string) | undefined {
  if (credential.kind === 'token' || credential.installationId !== undefined) return undefined
  return (repository) => splitRepository(repository).owner.toLowerCase()
}

/** When GitHub may be asked: by one note where a limit is everybody's. Otherwise the client of each line heeds its own note. */
export function gatesOf<T extends Gate>(credential: Credential, polls: T): T {
  if (linesOf(credential) === undefined) return polls
  return { ...polls, closedUntil: async () => 0, closeUntil: async () => undefined }
}

function wrong(what: string): AppError {
  return new AppError('invalid', `The configuration is wrong. ${what}`)
}
