/** `node sandbox/eventbridge/main.ts --port N [--control T] [--rules serverless.yml] [--keep N]`: the stand-in as a program of its own. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { rulesOf } from './rules.ts'
import { startEventBridge } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    control: { type: 'string' },
    rules: { type: 'string' },
    keep: { type: 'string' },
  },
})

const bridge = await startEventBridge({
  port: Number(values.port),
  controlToken: values.control,
  ...(values.rules !== undefined && { rules: rulesOf(readFileSync(values.rules, 'utf8')) }),
  ...(values.keep !== undefined && { keep: Number(values.keep) }),
})

async function stop(): Promise<void> {
  await bridge.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
process.stdout.write(`eventbridge stand-in ready ${bridge.url}\n`)
