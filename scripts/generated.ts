/** `npm run generated`: makes the derived files anew and fails when one was not as it should be. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/** What each script writes. */
const GENERATORS: Readonly<Record<string, readonly string[]>> = {
  'scripts/event-schemas.ts': ['docs/events.schema.json'],
  'scripts/routes.ts': ['lib/http/route-table.ts'],
  'scripts/openapi.ts': ['docs/openapi.json'],
  'scripts/settings/write.ts': ['docs/settings.md'],
  'scripts/worker-page.ts': ['docs/worker.md'],
}

const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined)

const stale: string[] = []
for (const [script, files] of Object.entries(GENERATORS)) {
  const before = files.map(read)
  execFileSync(process.execPath, [script], { stdio: 'inherit' })
  stale.push(...files.filter((file, at) => read(file) !== before[at]))
}

if (stale.length > 0) {
  console.error(`Not up to date, now made anew: ${stale.join(', ')}. Look at the change and commit it.`)
  process.exitCode = 1
}
