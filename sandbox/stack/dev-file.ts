/** `dev.json`: where the stack is and how to get in, for the scripts of this machine. */
import { join } from 'node:path'
import * as z from 'zod'
import { readWhole, writeWhole } from './files.ts'

const devFile = z.object({
  url: z.url(),
  /** `host:port`, as grpcurl takes it; empty in the file of an older start. */
  grpc: z.string().default(''),
  tokens: z.object({ reader: z.string(), worker: z.string(), operator: z.string() }),
  dynamodb: z.object({ endpoint: z.url(), table: z.string() }),
  stand_ins: z.record(z.string(), z.url()),
})

export type DevFile = z.infer<typeof devFile>

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
