/** Notices that the running stack is gone, for programs that wait for something from it. */
import { type Sleep, systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import { isRunning } from './processes.ts'
import { type Answering, type Running, whoAnswersAt } from './running.ts'

export interface Watch {
  /** Aborted once the stack is gone, with an AppError `unavailable` that says how that was seen and what to do. */
  readonly gone: AbortSignal
  stop(): void
}

export interface WatchPorts {
  readonly whoAnswers: (url: string) => Promise<Answering>
  readonly sleep: Sleep
}

const LOOK_MS = 500
/** A question is asked at every so many looks; the process is looked for at each. */
const LOOKS_A_QUESTION = 4
/** A busy machine may leave a question unanswered, but not so many in a row. */
const MOST_UNANSWERED = 3
const AGAIN = 'Run "npm start" again: it goes on where it was.'

export function watchRunning(
  running: Running,
  ports: WatchPorts = { whoAnswers: whoAnswersAt, sleep: systemSleep },
): Watch {
  const gone = new AbortController()
  const watch = { isOver: false }
  void untilGone(running, ports, watch).then((how) => {
    if (how === undefined || watch.isOver) return
    gone.abort(new AppError('unavailable', `The Coxswain at ${running.dev.url} is gone: ${how}. ${AGAIN}`))
  })
  return {
    gone: gone.signal,
    stop: () => {
      watch.isOver = true
    },
  }
}

/** How the stack was seen to be gone; undefined once the watch is over. */
async function untilGone(
  { dev: { owner, url } }: Running,
  { whoAnswers, sleep }: WatchPorts,
  watch: { readonly isOver: boolean },
): Promise<string | undefined> {
  let unanswered = 0
  for (let looks = 1; !watch.isOver; looks++) {
    if (owner !== undefined && !isRunning(owner)) return `its process (${owner.pid}) has ended`
    if (looks % LOOKS_A_QUESTION === 0) {
      const answering = await whoAnswers(url)
      if (answering === 'other') return 'another program answers at its address'
      unanswered = answering === 'coxswain' ? 0 : unanswered + 1
    }
    if (unanswered >= MOST_UNANSWERED) return 'it gives no answer'
    await sleep(LOOK_MS)
  }
  return undefined
}
