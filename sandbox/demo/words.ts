/** The demo's lines. Titles and comments come from GitHub, so nothing in them may move the cursor. */
import type { Said } from '../programs/worker.ts'
import type { Item, Look } from './world.ts'

/** Room for the longest priority, so that titles stand in a column. */
const PRIORITY_WIDTH = 'critical'.length

export function queueLine({ issue_number, priority, title }: Item): string {
  return `  #${issue_number}  ${priority.padEnd(PRIORITY_WIDTH)}  ${printable(title)}`
}

/** What a line of the worker's log means for its issue; undefined when it is not worth telling. */
export function stepLine({ msg, issue, ...facts }: Said): string | undefined {
  const tell = (what: string) => `  #${issue}  ${what}`
  switch (msg) {
    case 'job taken':
      return tell(`leased, attempt ${facts['attempt']}`)
    case 'job resumed':
      return tell('still leased from before, resumed')
    case 'running the command':
      return tell('cloned, the command runs')
    case 'pushing':
      return tell(`pushed to ${facts['branch']}`)
    case 'pull request open':
      return tell(`pull request ${facts['pr_url']}`)
    case 'held back':
      return `  waiting: ${facts['reason']}`
    case 'reported':
      return tell(`reported ${facts['how']}`)
    default:
      return undefined
  }
}

/** True for a line that says that work goes on. */
export function isStep(said: Said): boolean {
  return said.msg !== 'held back' && stepLine(said) !== undefined
}

/** How an issue looks on GitHub once everything has been said. */
export function lookLines(
  { issue_number, title }: Item,
  { labels, comments }: Look,
  pullRequest: string,
): readonly string[] {
  return [
    `  #${issue_number}  ${printable(title)}`,
    `      pull request  ${pullRequest}`,
    `      labels        ${labels.map(printable).join(', ')}`,
    ...comments.flatMap(commentLines),
  ]
}

function commentLines(body: string): readonly string[] {
  const lines = body.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('<!--'))
  return lines.map((line, at) => `      ${at === 0 ? 'comment     ' : '            '}  ${printable(line)}`)
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, ' ')
}
