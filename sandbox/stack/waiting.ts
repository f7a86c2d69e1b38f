/** Waits until a part that was just started answers over HTTP, and says why when it does not. */
import { type Sleep, systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { type Child, lastWords } from './child.ts'

export interface Awaited {
  readonly name: string
  readonly url: string
  readonly child: Child
  readonly accepts: (status: number) => boolean
}

const POLL_MS = 50
/** One question may take this long; a cold function is loaded while it waits. */
const QUESTION_MS = 5_000
/** A machine under load takes several times the usual few seconds. */
const PATIENCE_MS = 60_000

/** Throws AppError `unavailable` when the child ended, or when time is up. */
export async function untilAnswers({ name, url, child, accepts }: Awaited, sleep: Sleep = systemSleep): Promise<void> {
  const patience = AbortSignal.timeout(PATIENCE_MS)
  let heard = 'nothing'
  while (!patience.aborted) {
    const death = child.death()
    if (death !== undefined) throw death
    const status = await ask(url)
    if (status !== undefined && accepts(status)) return
    if (status !== undefined) heard = `status ${status}`
    await sleep(POLL_MS)
  }
  throw new AppError('unavailable', `${name} does not answer at ${url} (heard ${heard}).${lastWords(child.log)}`)
}

async function ask(url: string): Promise<number | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(QUESTION_MS) })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return undefined
  }
}
