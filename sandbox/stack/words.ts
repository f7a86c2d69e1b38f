/** What the stack says once it is ready. */
import { fromDevFile, workerLines } from '../programs/worker-line.ts'
import { type DevFile, devFilePath } from './dev-file.ts'
import { shown } from './files.ts'

/** The line that scripts wait for. */
export function readyLine({ url, grpc }: DevFile): string {
  return `coxswain ready ${url} grpc ${grpc}`
}

export interface Ear {
  readonly dataDir: string
  /** A person reads it as it is written. Tokens are printed only then: other output is kept in files. */
  readonly isTerminal: boolean
}

/** Where to look and what to try, with everything filled in. */
export function hints(dev: DevFile, ear: Ear): readonly string[] {
  const { dataDir } = ear
  const folder = shown(dataDir)
  const here = folder === '.local' ? '' : `COXSWAIN_DATA_DIR='${folder}' `
  return [
    '',
    `Every route, to read and to try:      ${dev.url}/docs`,
    ...standIn(dev, 'github', (url) => `Issues and pull requests, to work on: ${url}`),
    '',
    'In another terminal:',
    `  ${here}npx coxswain status`,
    ...standIn(dev, 'github', () => `  ${here}npx coxswain issue add "Say ahoy in the README"`),
    ...standIn(dev, 'github', () => `  ${here}npm run demo    # a worker turns two issues into pull requests`),
    ...calls(dev, ear),
    ...standIn(dev, 'cluster', () => `  kubectl --kubeconfig ${folder}/cluster/kubeconfig -n dsm get cronjobs`),
    '',
    'A worker with a program of your own in the place of WORKER_COMMAND:',
    ...workerOf(dev, ear).map((line, at) => `${at === 0 ? '  ' : '    '}${line}`),
    '',
    `Addresses and tokens: ${shown(devFilePath(dataDir))}   Logs: ${folder}/logs`,
    'Ctrl-C stops everything and keeps the data.',
  ]
}

/** A few calls of the API by curl. */
function calls(dev: DevFile, ear: Ear): readonly string[] {
  const as = (who: keyof DevFile['tokens']) => `-H "Authorization: Bearer ${token(dev, ear, who)}"`
  return [
    `  curl -s ${dev.url}/health`,
    `  curl -s ${as('reader')} ${dev.url}/queue`,
    `  curl -s ${as('worker')} '${dev.url}/work/next?worker_id=me'`,
    ...standIn(
      dev,
      'upstream',
      () =>
        `  curl -s -X POST ${as('operator')} -H 'content-type: application/json' -d '{}' ${dev.url}/orchestrate/project/TEST-001`,
    ),
  ]
}

function workerOf(dev: DevFile, ear: Ear): readonly string[] {
  const github = dev.stand_ins['github']
  const githubToken = ear.isTerminal
    ? dev.stand_in_tokens.github
    : fromDevFile(devFilePath(ear.dataDir), 'stand_in_tokens.github')
  return workerLines({
    orchestrator: { url: dev.url, token: token(dev, ear, 'worker') },
    github: github === undefined ? undefined : { url: github, token: githubToken },
  })
}

const token = (dev: DevFile, { isTerminal, dataDir }: Ear, who: keyof DevFile['tokens']): string =>
  isTerminal ? dev.tokens[who] : fromDevFile(devFilePath(dataDir), `tokens.${who}`)

/** A line about a stand-in; none where the real thing is configured. */
function standIn(dev: DevFile, name: string, line: (url: string) => string): readonly string[] {
  const url = dev.stand_ins[name]
  return url === undefined ? [] : [line(url)]
}
