/** `node sandbox/cluster/main.ts --port N [--control T] --data DIR [--token T] [--namespace N]`: the stand-in as a program of its own. */
import { parseArgs } from 'node:util'
import { startCluster } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    control: { type: 'string' },
    data: { type: 'string' },
    token: { type: 'string' },
    namespace: { type: 'string', multiple: true },
  },
})

if (values.data === undefined) {
  process.stderr.write(
    'usage: node sandbox/cluster/main.ts --port N [--control T] --data DIR [--token T] [--namespace N]…\n',
  )
  process.exit(2)
}

const cluster = await startCluster({
  port: Number(values.port),
  controlToken: values.control,
  dataDir: values.data,
  ...(values.token !== undefined && { token: values.token }),
  ...(values.namespace !== undefined && { namespaces: values.namespace }),
})

async function stop(): Promise<void> {
  await cluster.close()
  process.exit(0)
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
process.stdout.write(`cluster stand-in ready ${cluster.url} kubeconfig ${cluster.kubeconfigPath}\n`)
