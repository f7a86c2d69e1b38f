/** One running stack for the attacks of a file, ended and swept away with it. */
import { afterAll, beforeAll } from 'vitest'
import { aFolder, aStack, drop, endAll, type RunningStack } from '#test/e2e/support/stack'

const STARTING_MS = 300_000

/** Call it in a `describe`; the stack is there once its tests run. */
export function theStack(env: Record<string, string> = {}): () => RunningStack {
  let stack: RunningStack | undefined
  const dataDir = aFolder()
  beforeAll(async () => {
    stack = await aStack({ dataDir, env })
  }, STARTING_MS)
  afterAll(async () => {
    await stack?.signal('SIGINT')
    await endAll()
    drop(dataDir)
  }, STARTING_MS)
  return () => {
    if (stack === undefined) throw new Error('The stack has not started.')
    return stack
  }
}
