/** `node sandbox/github/main.ts --port N [--control T] --data DIR [--seed] [--token T]`: the stand-in as a program of its own. */
import { parseArgs } from 'node:util'
import { startGitHub } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    control: { type: 'string' },
    data: { type: 'string' },
    seed: { type: 'boolean', default: false },
    token: { type: 'string' },
  },
})

if (values.data === undefined) {
  process.stderr.write('usage: node sandbox/github/main.ts --port N [--control T] --data DIR [--seed] [--token T]\n')
  process.exit(2)
}

const github = await startGitHub({
  port: Number(values.port),
  controlToken: values.control,
  dataDir: values.data,
  ...(values.token !== undefined && { token: values.token }),
})
if (values.seed) await github.seed.demo()

async function stop(): Promise<void> {
  await github.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
process.stdout.write(`github stand-in ready ${github.url}\n`)
