/** `dev.json`: where the stack is and how to get in, for the scripts of this machine. */
import { join } from 'node:path'
import * as z from 'zod'
import { readWhole, writeWhole } from './files.ts'

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
})

export type DevFile = z.infer<typeof devFile>
export type StandInTokens = DevFile['stand_in_tokens']

/** What the last start in this folder left; undefined when none did. */
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
