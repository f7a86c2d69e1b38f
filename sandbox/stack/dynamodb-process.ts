/**
 * `node dynamodb-process.ts <port> <file>`: the embedded DynamoDB as a child of the stack, so that it ends with it.
 * Clients come in by the port, with the access key of DYNAMODB_ACCESS_KEY_ID; the engine behind it is hidden.
 */
import { systemIds } from '#lib/ids'
import { startDynoxide } from '../dynamodb/dynoxide.ts'
import { startProxy } from '../dynamodb/proxy.ts'
import { type DoorList, LOOPBACK_ONLY } from '../http/doors.ts'

const [port, file] = process.argv.slice(2)
if (port === undefined || file === undefined) throw new Error('usage: node dynamodb-process.ts <port> <file>')

// The process group gets the signal, so the engine ends by itself; this process only waits for it.
process.on('SIGTERM', () => undefined)
const engine = await startDynoxide({ host: hiddenAddress(), port: 0, file })
const doors: DoorList = JSON.parse(process.env['COXSWAIN_DOORS'] || JSON.stringify(LOOPBACK_ONLY))
const accessKeyId = process.env['DYNAMODB_ACCESS_KEY_ID']
if (!accessKeyId) throw new Error('DYNAMODB_ACCESS_KEY_ID is not set.')
await startProxy({ port: Number(port), engine, accessKeyId, doors })

const WATCH_MS = 50
setInterval(() => {
  try {
    process.kill(engine.pid, 0)
  } catch {
    process.stderr.write(`The embedded DynamoDB engine, process ${engine.pid}, ended by itself or was killed.\n`)
    process.exit(1)
  }
}, WATCH_MS)

/** Linux answers on all of 127.0.0.0/8: an address of 24 random bits and a random port are not found by a page. */
function hiddenAddress(): string {
  if (process.platform !== 'linux') return '127.0.0.1'
  const [a = 0, b = 0, c = 0] = Buffer.from(systemIds.secret(3), 'base64url')
  return `127.${1 + (a % 254)}.${b}.${1 + (c % 254)}`
}
