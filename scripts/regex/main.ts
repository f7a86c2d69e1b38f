/**
 * `npm run regex`: fails when a regular expression of the code can take more than linear time on some text.
 *
 * Expressions with a verdict in `verdicts.json` are not judged again, the others are: `--write` adds what was found, which
 * saves the next run seconds for each, and `--afresh` judges all anew, which takes minutes.
 */
import { EXCEPTIONS } from './exceptions.ts'
import { judge, type Verdict } from './judge.ts'
import { problemsOf } from './report.ts'
import { allExpressions, nameOf } from './sources.ts'
import { readVerdicts, writeVerdicts } from './verdicts.ts'

const found = allExpressions()
const known = process.argv.includes('--afresh') ? new Map<string, Verdict>() : readVerdicts()
const verdicts = new Map<string, Verdict>()

for (const { source, flags } of found) {
  if (source === undefined) continue
  const name = nameOf({ source, flags })
  if (!verdicts.has(name)) verdicts.set(name, known.get(name) ?? judged(name, source, flags))
}

if (process.argv.includes('--write')) writeVerdicts(verdicts)
const problems = problemsOf(found, verdicts, EXCEPTIONS)
for (const problem of problems) console.error(problem)
console.log(`${verdicts.size} regular expressions, ${problems.length} problems`)
if (problems.length > 0) process.exitCode = 1

/** Said at once: many at a time take minutes. */
function judged(name: string, source: string, flags: string): Verdict {
  const verdict = judge(source, flags)
  console.log(`${verdict.padEnd(10)} ${name}`)
  return verdict
}
