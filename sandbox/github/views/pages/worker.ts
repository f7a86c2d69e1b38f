/** How to let a worker of one's own take these issues: lines to paste into a shell. */
import { html } from 'hono/html'
import type { Fragment } from './layout.ts'

export interface WorkerLine {
  /** The stand-in's address. */
  readonly url: string
  /** Shown only because everything here is a toy on this machine; undefined when the stand-in needs none. */
  readonly token: string | undefined
  /** Where the orchestrator is, and the file that holds its tokens; undefined when nobody said. */
  readonly orchestrator: { readonly url: string; readonly devFile: string } | undefined
}

export function workerBox(worker: WorkerLine): Fragment {
  return html`<h2>Let your own agent take these issues</h2>
<p>Paste this in the folder of Coxswain. <code>WORKER_COMMAND</code> is any program: it starts in a clean clone and finds the issue as
JSON in the file that <code>ISSUE_FILE</code> names.</p><pre class="wrap">${workerLines(worker).join(' \\\n')}</pre>`
}

/** One shell command, line by line. */
export function workerLines({ url, token, orchestrator }: WorkerLine): readonly string[] {
  const known =
    orchestrator === undefined
      ? []
      : [
          `ORCHESTRATOR_URL=${orchestrator.url}`,
          `ORCHESTRATOR_TOKEN="$(node -p 'require(process.argv[1]).tokens.worker' ${quoted(orchestrator.devFile)})"`,
        ]
  return [
    'WORKER_ID=my-worker',
    ...known,
    `GITHUB_API_URL=${url}`,
    ...(token === undefined ? [] : [`GITHUB_TOKEN=${token}`]),
    `WORKER_COMMAND="node '$PWD/worker/sample-command.ts'"`,
    'npx coxswain-worker --plain',
  ]
}

/** As a shell takes it for one word. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
