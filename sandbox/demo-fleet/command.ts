/** What the demo's workers run in a clone: writes the function that the issue asks for, and minds what reviewers said. */
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'
import { UNWRITTEN } from './scenario.ts'

const issueFile = z.object({
  number: z.int().positive(),
  body: z.string(),
  previous: z.object({ feedback: z.string().nullable() }).nullable(),
})

/** The file is a path below src that leads nowhere else. */
const WANTED = /^Write `(\w+)` in `(src(?:\/\w+)+\.ts)`\.$/m
const EFFORT = /^Effort: (\d{1,2}) s$/m

const { ISSUE_FILE: path = '' } = process.env
const { number, body, previous } = issueFile.parse(JSON.parse(await readFile(path, 'utf8')))
const [, name = '', file = ''] = WANTED.exec(body) ?? []
if (file === '') throw new Error('The issue does not say which function to write.')

await pause(Number(EFFORT.exec(body)?.[1] ?? 1) * 1000)

const source = await readFile(file, 'utf8')
const head = `export function ${name}() {\n`
const at = source.indexOf(head) + head.length
const rest = source.slice(at)
const said = (previous?.feedback ?? '').replaceAll(/\s+/g, ' ').trim()
const written = rest.startsWith(UNWRITTEN)
  ? rest.replace(UNWRITTEN, `  return 'as #${number} asks'`)
  : `  // A reviewer wrote: ${said}\n${rest}`
await writeFile(file, source.slice(0, at) + written)
