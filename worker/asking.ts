/** Asks for work. What stands in the way is said once, with what to do; then it is waited for, or the worker ends. */
import { type Sleep, seconds } from '#lib/clock'
import { AppError, toAppError } from '#lib/errors'
import type { Chance } from '#lib/ids'
import { isDenied, WHILE_DENIED } from './deliver.ts'
import type { Log } from './log.ts'
import type { Orchestrator } from './orchestrator.ts'
import type { NextAnswer } from './protocol.ts'
import { backoff, pause } from './retry.ts'

/** First wait when the orchestrator does not answer, unless polls are closer than that anyway. */
const FIRST_WAIT = seconds(1)

/** So often the file of a refused token is looked at. */
const LOOK_AT_FILE = seconds(1)

export interface AskingPorts {
  readonly orchestrator: Orchestrator
  readonly sleep: Sleep
  readonly chance: Chance
  readonly log: Log
  /** The sentence that says so when GitHub does not accept the worker's token; null when it does. */
  githubTokenRefused?(): Promise<string | null>
  /** What a credential's file holds now; null where it has no file, so that it stays what it is while the worker runs. */
  inFile?(name: Mended): Promise<string | null>
}

type Mended = 'ORCHESTRATOR_TOKEN' | 'GITHUB_TOKEN'

export interface Asking {
  /** The answer; null once a wait for a better time is over. Throws AppError with `details.denied` when nothing here can mend it. */
  next(): Promise<NextAnswer | null>
  /** A job ended because GitHub refused the token: it is tried before more work is taken. */
  doubtGitHub(): void
}

const REFUSED: Readonly<Record<Mended, string>> = {
  ORCHESTRATOR_TOKEN: 'the orchestrator refuses the token',
  GITHUB_TOKEN: 'GitHub refuses the token',
}

const MEND: Readonly<Record<Mended, string>> = {
  ORCHESTRATOR_TOKEN:
    ': make a token with `npx coxswain token create --scope worker --owner <WORKER_ID>`, and put it into ORCHESTRATOR_TOKEN or the file of ORCHESTRATOR_TOKEN_FILE',
  // The sentence of the refusal says what to do.
  GITHUB_TOKEN: '',
}

export function createAsking(ports: AskingPorts, pollIntervalMs: number, stopping: AbortSignal): Asking {
  const { orchestrator, sleep, chance, log } = ports
  const first = Math.min(FIRST_WAIT, pollIntervalMs)
  let failures = 0
  let said = ''
  let isGitHubDoubted = true

  /** The same reason is not said at every try. */
  function say(level: 'warn' | 'error', msg: string, error: string): void {
    if (said !== `${msg} ${error}`) log[level](msg, { failures, error })
    else log.debug(msg, { failures, error })
    said = `${msg} ${error}`
  }

  /** A token that cannot change while the worker runs ends it; one in a file is waited for. */
  async function denied(name: Mended, error: string): Promise<void> {
    const before = await contentOf(name)
    say('error', `${REFUSED[name]}; nothing is taken until it is replaced${MEND[name]}`, error)
    if (before === null) throw new AppError('forbidden', `${REFUSED[name]}: ${error}`, { details: { denied: name } })
    const wait = backoff(failures, chance, WHILE_DENIED)
    for (let waited = 0; waited < wait && !stopping.aborted; waited += LOOK_AT_FILE) {
      await pause(sleep, LOOK_AT_FILE, stopping)
      if ((await contentOf(name)) !== before) return
    }
  }

  /** Empty while the file cannot be read. */
  const contentOf = async (name: Mended): Promise<string | null> =>
    ports.inFile ? ports.inFile(name).catch(() => '') : null

  async function isGitHubOpen(): Promise<boolean> {
    if (!isGitHubDoubted) return true
    const refused = (await ports.githubTokenRefused?.()) ?? null
    isGitHubDoubted = refused !== null
    if (refused === null) return true
    failures += 1
    await denied('GITHUB_TOKEN', refused)
    return false
  }

  async function failed(error: AppError): Promise<void> {
    failures += 1
    // A page that refuses is of something in between, such as a proxy, and no verdict on the token.
    if (isDenied(error) && error.details['proxy'] !== true) return denied('ORCHESTRATOR_TOKEN', error.message)
    say('warn', 'no work from the orchestrator', error.message)
    await pause(sleep, backoff(failures, chance, { first, retryAfter: error.retryAfter }), stopping)
  }

  return {
    doubtGitHub() {
      isGitHubDoubted = true
    },
    async next() {
      if (!(await isGitHubOpen())) return null
      try {
        const answer = await orchestrator.next(stopping)
        if (said !== '') log.info('the orchestrator answers again', { failures })
        failures = 0
        said = ''
        return answer
      } catch (thrown) {
        if (!stopping.aborted) await failed(toAppError(thrown))
        return null
      }
    },
  }
}
