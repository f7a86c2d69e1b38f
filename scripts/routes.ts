/** Writes lib/http/route-table.ts from serverless.yml. Run after a route was added, moved or taken away. */
import { writeFileSync } from 'node:fs'
import { readService } from './service-file.ts'

const routes = Object.values(readService().functions)
  .flatMap(({ events }) => events)
  .flatMap(({ httpApi }) =>
    httpApi === undefined || typeof httpApi === 'string' ? [] : [`${httpApi.method.toUpperCase()} ${httpApi.path}`],
  )
  .toSorted()

const text = `/** Every route of serverless.yml. Made by scripts/routes.ts: change it there. */
export const ROUTES: readonly string[] = [
${routes.map((route) => `  '${route}',\n`).join('')}]
`
writeFileSync(new URL('../lib/http/route-table.ts', import.meta.url), text)
