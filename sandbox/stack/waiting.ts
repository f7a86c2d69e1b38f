/** Waits until a part that was just started answers, as long as it makes progress; says what is slow and why it gave up. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { type Clock, type Sleep, seconds, systemClock, systemSleep } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Child } from './child.ts'
import type { Tell } from './part.ts'
import { judge, look, type Progress, startOf, type Verdict } from './progress.ts'
import { type Circumstances, circumstancesOf, type Vitals, vitalsOf } from './vitals.ts'
import { gaveUp, stillWaiting } from './waiting-words.ts'

export interface Awaited {
  /** Where it is asked, for messages. */
  readonly at: string
  readonly child: Child
  readonly tell: Tell
  /** Asks it once, for at most `patienceMs`. */
  readonly ask: (patienceMs: number) => Promise<Reply>
}

export interface Reply {
  readonly isReady: boolean
  /** What kind of answer came, e.g. `status 503`; undefined when none did. */
  readonly heard?: string
}

export interface WaitingPorts {
  readonly clock: Clock
  readonly sleep: Sleep
  readonly vitals: (child: Child) => Vitals
  readonly circumstances: (child: Child) => Circumstances
}

const SYSTEM: WaitingPorts = {
  clock: systemClock,
  sleep: systemSleep,
  vitals: vitalsOf,
  circumstances: circumstancesOf,
}

const POLL_MS = 50
/** Reading the signs of life takes longer than a question, so it is done less often. */
const LOOK_MS = seconds(1)
/** A question may take this long: a cold function is loaded while it waits. Each further one may take twice as long. */
const QUESTION_MS = seconds(5)
const LONGEST_QUESTION_MS = seconds(40)
/** The first notice comes after this long; each further one after twice as long. */
const NOTICE_MS = seconds(10)

/** Throws AppError `unavailable` when the child ended, when it stopped making progress, or when it takes too long. */
export async function untilReady(awaited: Awaited, ports: WaitingPorts = SYSTEM): Promise<void> {
  const { child, ask } = awaited
  const { clock, sleep, vitals } = ports
  let progress = startOf(clock.now(), vitals(child))
  let looked = clock.now()
  let noticeAt = clock.now() + NOTICE_MS
  let question = QUESTION_MS
  for (;;) {
    const death = child.death()
    if (death !== undefined) throw death
    const asked = clock.now()
    const { isReady, heard } = await ask(question)
    if (isReady) return
    const now = clock.now()
    if (now - asked >= question) question = Math.min(question * 2, LONGEST_QUESTION_MS)
    const isNews = heard !== undefined && !progress.heard.includes(heard)
    if (isNews || now - looked >= LOOK_MS) {
      looked = now
      progress = look(progress, now, vitals(child), heard)
      giveUpUnless('wait', judge(progress, now), { awaited, progress, ports })
    }
    if (now >= noticeAt) {
      noticeAt = now + (now - progress.began)
      awaited.tell(stillWaiting({ name: child.name, progress, now, circumstances: ports.circumstances(child) }))
    }
    await sleep(POLL_MS)
  }
}

interface Waited {
  readonly awaited: Awaited
  readonly progress: Progress
  readonly ports: WaitingPorts
}

function giveUpUnless(wanted: Verdict, verdict: Verdict, { awaited, progress, ports }: Waited): void {
  if (verdict === wanted) return
  const { child, at } = awaited
  const now = ports.clock.now()
  const state = { name: child.name, progress, now, circumstances: ports.circumstances(child) }
  throw new AppError('unavailable', gaveUp({ ...state, at, verdict, log: child.log }))
}

export interface AwaitedHttp {
  readonly url: string
  readonly child: Child
  readonly tell: Tell
  readonly accepts: (status: number) => boolean
}

/** Waits until `url` answers with a status that is accepted. */
export function untilAnswers({ url, child, tell, accepts }: AwaitedHttp): Promise<void> {
  return untilReady({
    ...{ at: url, child, tell },
    async ask(patienceMs) {
      const status = await statusOf(url, patienceMs)
      return status === undefined ? { isReady: false } : { isReady: accepts(status), heard: `status ${status}` }
    },
  })
}

export interface AwaitedPort {
  readonly host: string
  readonly port: number
  readonly child: Child
  readonly tell: Tell
}

/** Waits until a port takes connections. */
export function untilListens({ host, port, child, tell }: AwaitedPort): Promise<void> {
  return untilReady({ at: `${host}:${port}`, child, tell, ask: async () => ({ isReady: await listens(host, port) }) })
}

async function statusOf(url: string, patienceMs: number): Promise<number | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) })
    await answer.arrayBuffer()
    return answer.status
  } catch {
    return undefined
  }
}

async function listens(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
