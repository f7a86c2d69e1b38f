/** The two pages of the documentation. Everything they load comes from here. */
import type { AssetName } from './assets.ts'

interface Page {
  readonly title: string
  readonly styles: readonly AssetName[]
  readonly scripts: readonly AssetName[]
}

/** Nothing but what this service serves itself; pictures may stand in the text. */
const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
}
/** The reference page makes empty style elements, which it fills by rules: this is the hash of nothing. */
const EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
/** The same page's scroll bars, of redoc 2.5.4: a browser's console names the new one when it changes. */
const SCROLL_BARS = "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
/** Its search runs in a worker made of its own script. */
const REFERENCE_POLICY = { ...POLICY, 'style-src': `'self' ${EMPTY_STYLE} ${SCROLL_BARS}`, 'worker-src': 'blob:' }

export const interactivePage = {
  html: htmlOf({
    title: 'Coxswain API',
    styles: ['swagger-ui.css', 'docs.css'],
    scripts: ['swagger-ui-bundle.js', 'docs.js'],
  }),
  policy: policyOf(POLICY),
}

export const referencePage = {
  html: htmlOf({ title: 'Coxswain API reference', styles: ['docs.css'], scripts: ['redoc.standalone.js', 'redoc.js'] }),
  policy: policyOf(REFERENCE_POLICY),
}

function htmlOf({ title, styles, scripts }: Page): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${title}</title>`,
    '<link rel="icon" href="data:,">',
    ...styles.map((name) => `<link rel="stylesheet" href="/docs/assets/${name}">`),
    '</head>',
    '<body>',
    '<div id="page"></div>',
    ...scripts.map((name) => `<script src="/docs/assets/${name}"></script>`),
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function policyOf(policy: Readonly<Record<string, string>>): string {
  return Object.entries(policy)
    .map((directive) => directive.join(' '))
    .join('; ')
}
