/** What the stack says once it is ready. */
import { type DevFile, devFilePath } from './dev-file.ts'
import { shown } from './files.ts'

/** The line that scripts wait for. */
export function readyLine({ url, grpc }: DevFile): string {
  return `coxswain ready ${url} grpc ${grpc}`
}

/** What to try, with everything filled in. */
export function hints({ url, grpc, tokens, stand_ins }: DevFile, dataDir: string): readonly string[] {
  const folder = shown(dataDir)
  const as = (token: string) => `-H 'Authorization: Bearer ${token}'`
  const demo = folder === '.local' ? 'npm run demo' : `COXSWAIN_DATA_DIR='${folder}' npm run demo`
  return [
    '',
    'Try, in another terminal:',
    `  curl -s ${url}/health`,
    `  curl -s ${as(tokens.reader)} ${url}/queue`,
    `  curl -s ${as(tokens.worker)} '${url}/work/next?worker_id=me'`,
    `  curl -s -X POST ${as(tokens.operator)} ${url}/github/poll`,
    ...(stand_ins['upstream'] === undefined
      ? []
      : [
          `  curl -s -X POST ${as(tokens.operator)} -H 'content-type: application/json' -d '{}' ${url}/orchestrate/project/TEST-001`,
        ]),
    ...(stand_ins['cluster'] === undefined
      ? []
      : [`  kubectl --kubeconfig ${folder}/cluster/kubeconfig -n dsm get cronjobs`]),
    `  grpcurl -plaintext -d '{"role": "DEV", "task_description": "Greet the user"}' ${grpc} orchestrator.v1.OrchestratorService/Deliberate`,
    ...(stand_ins['github'] === undefined ? [] : [`  ${demo}    # a worker turns two issues into pull requests`]),
    '',
    ...(stand_ins['github'] === undefined ? [] : [`Issues and pull requests: ${stand_ins['github']}`]),
    `Addresses and tokens: ${shown(devFilePath(dataDir))}   Logs: ${folder}/logs`,
    'Ctrl-C stops everything and keeps the data.',
  ]
}
