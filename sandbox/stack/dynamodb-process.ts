/** `node dynamodb-process.ts <port> <file>`: the embedded DynamoDB as a child of the stack, so that it ends with it. */
import { startDynoxide } from '../dynamodb/dynoxide.ts'

const [port, file] = process.argv.slice(2)
if (port === undefined || file === undefined) throw new Error('usage: node dynamodb-process.ts <port> <file>')

// The process group gets the signal, so the engine ends by itself; this process only waits for it.
process.on('SIGTERM', () => undefined)
const { pid } = await startDynoxide({ port: Number(port), file })

const WATCH_MS = 50
setInterval(() => {
  try {
    process.kill(pid, 0)
  } catch {
    process.exit(1)
  }
}, WATCH_MS)
