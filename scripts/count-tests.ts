/** `node scripts/count-tests.ts <report.json>...`: one line that counts the tests of Vitest's JSON reports; exit 1 when one failed. */
import { existsSync, readFileSync } from 'node:fs'
import * as z from 'zod'

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
})

type TestFile = z.infer<typeof report>['testResults'][number]

const count = (file: TestFile, status: string) => file.assertionResults.filter((test) => test.status === status).length

/** A file that fails without a failed test did not load, or broke in a hook: that is one failure. */
const failuresOf = (file: TestFile) => count(file, 'failed') || (file.status === 'failed' ? 1 : 0)

let passed = 0
let failed = 0
for (const path of process.argv.slice(2)) {
  const files = existsSync(path) ? report.parse(JSON.parse(readFileSync(path, 'utf8'))).testResults : []
  if (files.length === 0) {
    console.error(`${path}: no tests were run`)
    failed += 1
  }
  passed += files.reduce((sum, file) => sum + count(file, 'passed'), 0)
  failed += files.reduce((sum, file) => sum + failuresOf(file), 0)
}

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
