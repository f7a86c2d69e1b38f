/** A call to the agent hub that lasts only as long as a run waits for its answer. */
import { type Sleep, seconds } from '#lib/clock'

export interface Watch {
  /** False once nobody waits for the answer any more. May throw: then it is asked again later. */
  readonly stillWanted: () => Promise<boolean>
  readonly sleep: Sleep
}

/** How soon an unwanted call ends. One read of the run each time: 150 for the longest call. */
const LOOK_MS = seconds(2)

/** What the call answered; undefined when it was abandoned. Throws what the call throws while it is wanted. */
export async function whileWanted<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { stillWanted, sleep }: Watch,
): Promise<{ readonly answer: T } | undefined> {
  const abandoning = new AbortController()
  const { signal } = abandoning
  const abandoned = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined)))
  const answered = call(signal).then((answer) => ({ answer }))
  // Of an abandoned call, nobody hears how it ends.
  answered.catch(() => undefined)
  let isOver = false
  void watch()
  try {
    return await Promise.race([answered, abandoned])
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  } finally {
    isOver = true
  }

  async function watch(): Promise<void> {
    while (!isOver) {
      await sleep(LOOK_MS)
      if (!isOver && !(await stillWanted().catch(() => true))) return abandoning.abort()
    }
  }
}
