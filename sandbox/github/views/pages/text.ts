/**
 * Text that people and agents wrote, as HTML: paragraphs, code, and links to issues and to web addresses. Everything else
 * is shown as it was typed. Each reader is linear in the length of the text.
 */
import { html } from 'hono/html'
import type { Fragment } from './layout.ts'

/** A word that may be a link; addresses end before the punctuation of their sentence. */
const LINK = /`([^`\n]{1,500})`|\bhttps?:\/\/[^\s<>"'`]{1,500}|(?<![\w/&])#(\d{1,9})\b/g
const PUNCTUATION = /[.,;:!?)\]]{1,9}$/

/** `repository` is the full name that `#7` belongs to. */
export function prose(text: string, repository: string): Fragment {
  const visible = withoutComments(text).replaceAll('\r\n', '\n').trim()
  const blocks = visible.split(/^```[^\n`]*$/m)
  // Between an odd and an even fence there is code; an open fence makes code of the rest.
  const shown = blocks.map((block, at) => {
    if (block.trim() === '') return ''
    return at % 2 === 1
      ? html`<pre><code>${block.replace(/^\n/, '')}</code></pre>`
      : html`<p>${inline(block.trim(), repository)}</p>`
  })
  return html`<div class="text">${shown}</div>`
}

/** The text without HTML comments, which a rendered page would not show either. */
export function withoutComments(text: string): string {
  const parts: string[] = []
  let from = 0
  for (;;) {
    const start = text.indexOf('<!--', from)
    const end = start < 0 ? -1 : text.indexOf('-->', start)
    if (end < 0) return parts.concat(text.slice(from)).join('')
    parts.push(text.slice(from, start))
    from = end + '-->'.length
  }
}

function inline(text: string, repository: string): readonly (string | Fragment)[] {
  const parts: (string | Fragment)[] = []
  let from = 0
  for (const match of text.matchAll(LINK)) {
    const [whole, code, number] = match
    parts.push(text.slice(from, match.index))
    from = match.index + whole.length
    if (code !== undefined) parts.push(html`<code>${code}</code>`)
    else if (number !== undefined) parts.push(html`<a href="/${repository}/issues/${number}">${whole}</a>`)
    else parts.push(...address(whole))
  }
  return [...parts, text.slice(from)]
}

function address(text: string): readonly (string | Fragment)[] {
  const tail = PUNCTUATION.exec(text)?.[0] ?? ''
  const url = text.slice(0, text.length - tail.length)
  return [html`<a href="${url}" rel="noopener noreferrer nofollow">${url}</a>`, tail]
}
