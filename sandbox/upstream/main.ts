/** `node sandbox/upstream/main.ts --port N [--control T] --data DIR [--seed]`: the stand-in as a program of its own. */
import { parseArgs } from 'node:util'
import { startUpstream } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    control: { type: 'string' },
    data: { type: 'string' },
    seed: { type: 'boolean', default: false },
  },
})

if (values.data === undefined) {
  process.stderr.write('usage: node sandbox/upstream/main.ts --port N [--control T] --data DIR [--seed]\n')
  process.exit(2)
}

const upstream = await startUpstream({ port: Number(values.port), controlToken: values.control, dataDir: values.data })
if (values.seed) upstream.seed.demo()

async function stop(): Promise<void> {
  await upstream.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
process.stdout.write(`upstream stand-in ready ${upstream.url}\n`)
