/** What a stack writes about itself. */
import type { DevFile } from '#sandbox/stack/dev-file'

/** A process that ended: none has ever begun then. */
export const LONG_GONE = { pid: process.pid, began: 'in another age' }

export function aDevFile(over: Partial<DevFile> = {}): DevFile {
  return {
    url: 'http://127.0.0.1:9',
    grpc: '127.0.0.1:10',
    tokens: { reader: 'r', worker: 'w', operator: 'o' },
    dynamodb: { endpoint: 'http://127.0.0.1:11', table: 'coxswain', access_key_id: 'key' },
    stand_ins: {},
    stand_in_tokens: { github: 'g', control: 'c' },
    functions: { env: {}, withheld: [] },
    ...over,
  }
}
