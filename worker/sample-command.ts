/** A tiny offline command for demonstrations: reads the issue it is given and edits two files about it. */
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import * as z from 'zod'
import { environment } from './start/environment.ts'
import { oneLine } from './words.ts'

const issueFile = z.object({
  number: z.int().positive(),
  title: z.string(),
  body: z.string(),
  previous: z.object({ feedback: z.string().nullable() }).nullable(),
})

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

const quoteOf = (text: string): string =>
  text
    .slice(0, QUOTED)
    .split(/\r?\n/)
    .map((line) => `    ${oneLine(line)}`.trimEnd())
    .join('\n')
const feedback = issue.previous?.feedback ?? ''
const review = feedback === '' ? '' : `\nWhat the reviewers asked for:\n\n${quoteOf(feedback)}\n`
await mkdir('docs', { recursive: true })
await writeFile(
  `docs/issue-${issue.number}.md`,
  `# ${title}\n\nWhat was asked for:\n\n${quoteOf(issue.body)}\n${review}`,
)
process.stdout.write(`wrote docs/issue-${issue.number}.md\n`)

if (feedback === '') {
  await appendFile('CHANGELOG.md', `- ${title} (#${issue.number})\n`)
  process.stdout.write('added a line to CHANGELOG.md\n')
}
