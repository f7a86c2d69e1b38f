/** Which Coxswain a command speaks to, and with which tokens: the one that the environment names, or the local stack. */
import type { Environment } from '#lib/config'
import { AppError } from '#lib/errors'
import { dataDirOf, findRunning, type Running } from '#sandbox/stack/running'

export type Scope = 'reader' | 'operator'

export interface Place {
  /** Without a slash at its end. */
  readonly url: string
  /** The local stack, when it is the one that is meant. */
  readonly running: Running | undefined
  /** Throws AppError `unauthenticated` where there is none. */
  token(scope: Scope): string
  /** What to look at when nothing answers. */
  readonly advice: string
}

/** Throws AppError `unavailable` when no address is named and no stack runs here, `invalid` for what is no address. */
export async function findPlace(env: Environment): Promise<Place> {
  const [variable, url] = named(env, 'COXSWAIN_URL', 'ORCHESTRATOR_URL')
  if (url === undefined) return localPlace(await localStack(env), env['COXSWAIN_TOKEN']?.trim() || undefined)
  const [, token] = named(env, 'COXSWAIN_TOKEN', 'ORCHESTRATOR_TOKEN')
  return {
    url: checked(variable, url),
    running: undefined,
    token: (scope) => token ?? missing(scope),
    advice: `Does it run, and is ${variable} its address?`,
  }
}

async function localStack(env: Environment): Promise<Running> {
  return findRunning(dataDirOf(env)).catch((error: AppError) => {
    const hint = 'For a Coxswain elsewhere set COXSWAIN_URL and COXSWAIN_TOKEN.'
    throw new AppError(error.code, `${error.message} ${hint}`, { cause: error })
  })
}

/** The local tokens go nowhere but to the stack that wrote them: its process is known to run. */
function localPlace(running: Running, token: string | undefined): Place {
  const { url, tokens } = running.dev
  return { url, running, token: (scope) => token ?? tokens[scope], advice: 'Look at the terminal of "npm start".' }
}

function named(env: Environment, ...names: readonly string[]): readonly [string, string | undefined] {
  for (const name of names) {
    const text = env[name]?.trim()
    if (text) return [name, text]
  }
  return [names[0] ?? '', undefined]
}

function checked(variable: string, text: string): string {
  const url = URL.parse(text)
  const isFit = url !== null && ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.search === ''
  if (!isFit) {
    throw new AppError(
      'invalid',
      `${variable} must be an address such as https://coxswain.example.com, without a user in it.`,
    )
  }
  return url.href.replace(/(?<!\/)\/+$/, '')
}

function missing(scope: Scope): never {
  throw new AppError('unauthenticated', `This needs a token with the scope ${scope}. ${howToGet(scope)}`)
}

/** How to come by a token. */
export function howToGet(scope: Scope): string {
  return `Set COXSWAIN_TOKEN; "npx coxswain token create --scope ${scope} --owner <your name>" makes one where the store is.`
}
