/** How a worker is started by hand: one shell command, ready to paste in the project's folder. */
import { fileURLToPath } from 'node:url'

export interface WorkerLine {
  /** Where the orchestrator is, and its token as a shell writes it; undefined when it is not known. */
  readonly orchestrator: { readonly url: string; readonly token: string } | undefined
  /** The stand-in GitHub and its token as a shell writes it; undefined where GitHub is the real one. */
  readonly github: { readonly url: string; readonly token: string | undefined } | undefined
}

const SAMPLE = fileURLToPath(new URL('../../worker/sample-command.ts', import.meta.url))

/** Line by line; all but the last end with a backslash. */
export function workerLines({ orchestrator, github }: WorkerLine): readonly string[] {
  const words = [
    'WORKER_ID=my-worker',
    ...(orchestrator === undefined
      ? []
      : [`ORCHESTRATOR_URL=${orchestrator.url}`, `ORCHESTRATOR_TOKEN=${orchestrator.token}`]),
    ...(github === undefined
      ? ['GITHUB_TOKEN="$GITHUB_TOKEN"']
      : [`GITHUB_API_URL=${github.url}`, ...(github.token === undefined ? [] : [`GITHUB_TOKEN=${github.token}`])]),
    `WORKER_COMMAND=${quoted(`node "${SAMPLE}"`)}`,
    'npx coxswain-worker --plain',
  ]
  return words.map((word, at) => (at < words.length - 1 ? `${word} \\` : word))
}

/** A value of dev.json as a shell reads it, e.g. `tokens.worker`: no token is shown. For an assignment or within double quotes. */
export function fromDevFile(devFile: string, path: string): string {
  return `$(node -p 'require(process.argv[1]).${path}' ${quoted(devFile)})`
}

/** As a shell takes it for one word. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
