/** What a command says it has spent, if it says so in the file it was given for that. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import * as z from 'zod'
import { type Usage, wireUsage } from './protocol.ts'

/** Four numbers need no more. */
const LARGEST_FILE = 4096

const { input_tokens, output_tokens, cost_usd, seconds: measured } = wireUsage.shape

/** A number that makes no sense costs itself alone: what was spent beside it still counts. */
const stated = z.object({
  input_tokens: input_tokens.catch(undefined),
  output_tokens: output_tokens.catch(undefined),
  cost_usd: cost_usd.catch(undefined),
  seconds: measured.optional().catch(undefined),
})

/** The command's statement, completed by the seconds we measured; only those when there is none that makes sense. */
export async function readUsage(file: string, seconds: number): Promise<Usage> {
  const statement = stated.safeParse(parseJson(await contentOf(file))).data
  return { ...statement, seconds: statement?.seconds ?? seconds }
}

/** Neither a symbolic link nor a pipe may make us read, or wait for, something else. */
async function contentOf(file: string): Promise<string> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const stat = await handle.stat()
    return stat.isFile() && stat.size <= LARGEST_FILE ? await handle.readFile('utf8') : ''
  } catch {
    return ''
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
