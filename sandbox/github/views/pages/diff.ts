/** The changes of a pull request, file by file. */
import { html } from 'hono/html'
import type { Fragment } from './layout.ts'

/** A diff longer than this is cut off: it is for a look, not for a review. */
const DIFF_CHARACTERS = 100_000

export interface FileChange {
  readonly path: string
  readonly added: number
  readonly removed: number
  readonly lines: readonly string[]
}

export function changesView(diff: string): Fragment {
  const files = filesOf(diff.slice(0, DIFF_CHARACTERS))
  const rest = diff.length > DIFF_CHARACTERS ? html`<p class="note">The rest of the diff is not shown.</p>` : ''
  return html`<h2 id="files">Files changed <span class="count">${files.length}</span></h2>${files.map(fileView)}${rest}`
}

/** The files of what `git diff` prints. */
export function filesOf(diff: string): readonly FileChange[] {
  const sections = diff.split(/^(?=diff --git )/m).filter((section) => section.startsWith('diff --git '))
  return sections.map((section) => {
    const [head = '', ...rest] = section.trimEnd().split('\n')
    const first = rest.findIndex((line) => line.startsWith('@@'))
    // Before the first hunk stand the names and modes; without a hunk they are all there is to see.
    const lines = first < 0 ? rest : rest.slice(first)
    return {
      path: pathOf(head, first < 0 ? rest : rest.slice(0, first)),
      added: first < 0 ? 0 : lines.filter((line) => line.startsWith('+')).length,
      removed: first < 0 ? 0 : lines.filter((line) => line.startsWith('-')).length,
      lines,
    }
  })
}

/** The new name of the file; the old one when it was removed. */
function pathOf(head: string, lines: readonly string[]): string {
  const named = ['+++ b/', 'rename to ', '--- a/'].map((mark) =>
    lines.find((line) => line.startsWith(mark))?.slice(mark.length),
  )
  return named.find((name) => name !== undefined) ?? head.slice('diff --git '.length)
}

function fileView({ path, added, removed, lines }: FileChange): Fragment {
  const figures = html`<span class="plus">+${added}</span> <span class="minus">−${removed}</span>`
  return html`<details open><summary><code>${path}</code> ${figures}</summary><pre>${lines.map(lineView)}</pre></details>`
}

const KINDS: Readonly<Record<string, string>> = { '+': 'add', '-': 'del', '@': 'hunk' }

function lineView(line: string): Fragment {
  return html`<span class="${KINDS[line[0] ?? ''] ?? ''}">${line === '' ? ' ' : line}</span>`
}
