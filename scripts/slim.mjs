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

for (const path of [...headers, ...effect]) remove(path)
/** Only a debugger reads them, and most lead to sources that are not published. */
for (const path of existsSync(installed) ? readdirSync(installed, { recursive: true }) : [])
  if (path.endsWith('.map')) remove(path)

function foldersIn(path) {
  const folder = new URL(path, installed)
  return existsSync(folder) ? readdirSync(folder) : []
}

function remove(path) {
  rmSync(new URL(path, installed), { recursive: true, force: true })
}
