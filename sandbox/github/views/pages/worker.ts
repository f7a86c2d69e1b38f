/** How to let a worker of one's own take these issues: lines to paste into a shell. */
import { html } from 'hono/html'
import { type WorkerLine, workerLines } from '../../../programs/worker-line.ts'
import type { Fragment } from './layout.ts'

export function workerBox(worker: WorkerLine): Fragment {
  return html`<h2>Let your own agent take these issues</h2>
<p>Paste this in the folder of Coxswain. <code>WORKER_COMMAND</code> is any program: it starts in a clean clone and finds the issue as
JSON in the file that <code>ISSUE_FILE</code> names.</p><pre class="wrap">${workerLines(worker).join('\n')}</pre>`
}
