/** The scripts and styles of the documentation pages: from the packages they come in, and a few lines of our own. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

export const ASSET_NAMES = [
  'docs.css',
  'docs.js',
  'redoc.js',
  'redoc.standalone.js',
  'swagger-ui.css',
  'swagger-ui-bundle.js',
] as const
export type AssetName = (typeof ASSET_NAMES)[number]

/** A picture of one transparent pixel. */
const NOTHING = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7'
/** The one thing that the reference page would fetch from elsewhere: its maker's logo. */
const FOREIGN_LOGO = 'https://cdn.redoc.ly/redoc/logo-mini.svg'

const OWN = {
  'docs.css': 'html, body { margin: 0; background: #fff; }\n',
  'docs.js': `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#page', deepLinking: true, validatorUrl: null })\n`,
  'redoc.js': `Redoc.init('/openapi.json', { hideDownloadButtons: true }, document.getElementById('page'))\n`,
} as const

/** Beside the bundle on Lambda (see `package` of docsAssets in serverless.yml), in the project anywhere else. */
const packaged = createRequire(import.meta.url)
const FROM_PACKAGES = {
  'redoc.standalone.js': () => packaged.resolve('redoc/bundles/redoc.standalone.js'),
  'swagger-ui.css': () => packaged.resolve('swagger-ui-dist/swagger-ui.css'),
  'swagger-ui-bundle.js': () => packaged.resolve('swagger-ui-dist/swagger-ui-bundle.js'),
} as const

export interface Asset {
  readonly type: string
  readonly text: string
}

export async function assetOf(name: AssetName): Promise<Asset> {
  const type = name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8'
  if (name === 'docs.css' || name === 'docs.js' || name === 'redoc.js') return { type, text: OWN[name] }
  const text = await readFile(FROM_PACKAGES[name](), 'utf8')
  return { type, text: text.replaceAll(FOREIGN_LOGO, NOTHING) }
}
