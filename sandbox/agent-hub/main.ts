/** `node sandbox/agent-hub/main.ts --port N [--control T] --data DIR [--think MS]`: the stand-in as a program of its own. */
import { parseArgs } from 'node:util'
import { startAgentHub } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    control: { type: 'string' },
    data: { type: 'string' },
    think: { type: 'string' },
  },
})

if (values.data === undefined) {
  process.stderr.write('usage: node sandbox/agent-hub/main.ts --port N [--control T] --data DIR [--think MS]\n')
  process.exit(2)
}

const hub = await startAgentHub({
  port: Number(values.port),
  controlToken: values.control,
  dataDir: values.data,
  ...(values.think !== undefined && { thinkMs: Number(values.think) }),
})

async function stop(): Promise<void> {
  await hub.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
process.stdout.write(`agent-hub stand-in ready ${hub.url}\n`)
