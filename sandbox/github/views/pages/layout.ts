/** The frame of every page, and the policy it is served with: no scripts, nothing loaded, nothing framed. */
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import { STYLE } from './style.ts'

export type Fragment = ReturnType<typeof html>

const digest = createHash('sha256').update(STYLE).digest('base64')

/** Forms come back to the stand-in alone. With `no-referrer` a browser would hide from it where they come from. */
export const PAGE_HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
} as const

export function layout(title: string, content: Fragment): Fragment {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body><header><a href="/">GitHub stand-in</a> <small>a toy for this machine</small></header><main>${content}</main></body></html>`
}
