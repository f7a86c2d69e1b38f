/**
 * After `npm ci`: removes the parts of installed packages that no program of Coxswain opens (`docs/decisions/011`).
 *
 * A package is published whole: the Node that the npm scripts run on brings OpenSSL's headers for every processor it was
 * ever built for. Plain JavaScript, since the Node of the host may be the one that runs it.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs'

const installed = new URL('../node_modules/', import.meta.url)

/** Headers are for compiling native parts of packages, and none is compiled: see `allowScripts` in package.json. */
const headers = foldersIn('node/node_modules/')
  .filter((name) => name.startsWith('node-'))
  .map((name) => `node/node_modules/${name}/include`)

/** serverless-esbuild requires these as CommonJS: their sources, ES modules and types are never loaded. */
const effect = ['effect', ...foldersIn('@effect/').map((name) => `@effect/${name}`)].flatMap((name) => [
  `${name}/src`,
  `${name}/dist/esm`,
  `${name}/dist/dts`,
])

/** The same programs once more, built for others than a page of ours and Node. */
const built = [
  ...['es-bundle', 'es-bundle-core', 'standalone-preset'].map((name) => `swagger-ui-dist/swagger-ui-${name}.js`),
  ...['swagger-ui-dist/swagger-ui.js', 'redoc/bundles/redoc.lib.js', 'redoc/bundles/redoc.browser.lib.js'],
  'recheck/lib/browser.js',
]

for (const path of [...headers, ...effect, ...built]) remove(path)
for (const path of existsSync(installed) ? readdirSync(installed, { recursive: true }) : []) {
  if (isForReaders(path)) remove(path)
}

/** Source maps, most of which lead to sources that are not published, and pages of text; licences stay. */
function isForReaders(path) {
  return path.endsWith('.map') || (path.endsWith('.md') && !/licen[cs]e|notice|copying/i.test(path))
}

function foldersIn(path) {
  const folder = new URL(path, installed)
  return existsSync(folder) ? readdirSync(folder) : []
}

function remove(path) {
  rmSync(new URL(path, installed), { recursive: true, force: true })
}
