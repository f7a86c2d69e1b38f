/** `node sandbox/llm/main.ts --port N [--control T] [--think MS]`: the stand-in as a program of its own. */
import { parseArgs } from 'node:util'
import { startLlm } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    control: { type: 'string' },
    think: { type: 'string', default: '40' },
  },
})

const llm = await startLlm({ port: Number(values.port), controlToken: values.control, thinkMs: Number(values.think) })

async function stop(): Promise<void> {
  await llm.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
process.stdout.write(`llm stand-in ready ${llm.url}\n`)
