/** A tiny offline command for demonstrations: reads the issue it is given and edits two files about it. */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import * as z from 'zod'
import { environment } from './config.ts'
import { oneLine } from './words.ts'

const issueFile = z.object({ number: z.int().positive(), title: z.string(), body: z.string() })

/** Characters of the issue's text that are quoted. */
const QUOTED = 2000

/** What Markdown or HTML would act on. */
const MARKUP = /[\\`*_[\]<>#|~]/g

const path = environment()['ISSUE_FILE']
if (path === undefined)
  throw new Error('ISSUE_FILE is not set: this program is meant to be started by coxswain-worker.')

const issue = issueFile.parse(JSON.parse(await readFile(path, 'utf8')))
const title = oneLine(issue.title).replace(MARKUP, '\\$&')
process.stdout.write(`reading issue #${issue.number}\n`)

const quote = issue.body
  .slice(0, QUOTED)
  .split(/\r?\n/)
  .map((line) => `    ${oneLine(line)}`.trimEnd())
await mkdir('docs', { recursive: true })
await writeFile(`docs/issue-${issue.number}.md`, `# ${title}\n\nWhat was asked for:\n\n${quote.join('\n')}\n`)
process.stdout.write(`wrote docs/issue-${issue.number}.md\n`)

await appendFile('CHANGELOG.md', `- ${title} (#${issue.number})\n`)
process.stdout.write('added a line to CHANGELOG.md\n')
