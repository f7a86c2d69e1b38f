/** Writes docs/settings.md. Run after a change of a setting: `npm run generate`. */
import { writeFileSync } from 'node:fs'
import { collect, workerSettings } from './collect.ts'
import { GROUPS } from './meanings.ts'
import { settingsPage } from './page.ts'

writeFileSync(new URL('../../docs/settings.md', import.meta.url), settingsPage(GROUPS, collect(), workerSettings()))
