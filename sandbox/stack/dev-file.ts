/** `dev.json`: where the stack is and how to get in, for the scripts of this machine. */
import { join } from 'node:path'
import * as z from 'zod'
import { readWhole, writeWhole } from './files.ts'
import { processId } from './processes.ts'

const devFile = z.object({
  url: z.url(),
  /** `host:port`, as grpcurl takes it; empty in the file of an older start. */
  grpc: z.string().default(''),
  tokens: z.object({ reader: z.string(), worker: z.string(), operator: z.string() }),
  /** The access key is new at every start; empty in the file of an older start. */
  dynamodb: z.object({ endpoint: z.url(), table: z.string(), access_key_id: z.string().default('') }),
  stand_ins: z.record(z.string(), z.url()),
  /** What the stand-in GitHub takes as a token, and what the control routes of all stand-ins demand; empty as above. */
  stand_in_tokens: z.object({ github: z.string(), control: z.string() }).default({ github: '', control: '' }),
  /** The process that wrote it; the file stays when it ends. Missing in the file of an older start. */
  owner: processId.optional(),
  /** What the functions find in their environment, and the names of secrets of the shell that were left out of it. */
  functions: z
    .object({ env: z.record(z.string(), z.string()), withheld: z.array(z.string()) })
    .default({ env: {}, withheld: [] }),
})

export type DevFile = z.infer<typeof devFile>
export type StandInTokens = DevFile['stand_in_tokens']

/**
 * What the last start in this folder left; undefined when none did. Whether that start still runs is for `findRunning`
 * of running.ts to say.
 */
export function readDevFile(dataDir: string): DevFile | undefined {
  return readWhole(devFilePath(dataDir), devFile)
}

/** Readable by its owner alone, because it holds the tokens. */
export function writeDevFile(dataDir: string, value: DevFile): void {
  writeWhole(devFilePath(dataDir), value)
}

export function devFilePath(dataDir: string): string {
  return join(dataDir, 'dev.json')
}
