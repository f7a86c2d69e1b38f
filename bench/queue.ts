/** Measures the queue: units per job, crowds of workers, long lines, HTTP. Exits 1 when a bound is missed. */

import { endWithNpm } from '#sandbox/lifeline/lifeline'
import { measureBacklogs } from './lib/backlogs.ts'
import { measureCrowds } from './lib/crowds.ts'
import { measureHttp } from './lib/http.ts'
import { print, type Section } from './lib/report.ts'
import { aStand } from './lib/stand.ts'
import { measureUnits } from './lib/units.ts'

endWithNpm()

const stand = await aStand()
const sections: Section[] = []
const show = (section: Section) => {
  sections.push(section)
  print(section)
}
try {
  show(await measureUnits(stand))
  show(await measureCrowds(stand))
} finally {
  await stand.stop()
}
show(await measureBacklogs())
show(await measureHttp())

const missed = sections.flatMap((section) => section.missed)
console.log(missed.length === 0 ? '\nEvery bound holds.' : `\n${missed.length} bound(s) missed.`)
process.exitCode = missed.length === 0 ? 0 : 1
