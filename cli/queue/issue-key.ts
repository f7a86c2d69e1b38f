/** An issue as people name it on a command line: `7`, `#7`, `owner/repo#7`, or its address. */
import { AppError } from '#lib/errors'
import type { Item } from '../api/answers.ts'
import type { Api } from '../api/client.ts'
import { UsageError } from '../line/usage.ts'
import { readQueue } from './pages.ts'

export interface IssueKey {
  readonly repository: string
  readonly number: number
}

const REPOSITORY = /^[A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100}$/
const NUMBER = /^#?([1-9]\d{0,9})$/
const NAMED = /^([A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100})#([1-9]\d{0,9})$/
const ADDRESS = /^https?:\/\/[^/?#]{1,255}\/([A-Za-z0-9-]{1,39}\/[A-Za-z0-9._-]{1,100})\/issues\/([1-9]\d{0,9})$/
/** Items looked through for a number whose repository is not named. */
const LOOKED_THROUGH = 1_000

export interface IssueName {
  readonly repository: string | undefined
  readonly number: number
}

/** Throws UsageError for what names no issue. */
export function issueNamed(text: string, repository: string | undefined): IssueName {
  const [, number] = NUMBER.exec(text) ?? []
  if (number !== undefined) return { repository: repositoryOf(repository), number: Number(number) }
  const [, named, its] = NAMED.exec(text) ?? ADDRESS.exec(text) ?? []
  if (named === undefined)
    throw new UsageError(`"${text}" names no issue: write 7, owner/repo#7 or the issue's address.`)
  return { repository: named.toLowerCase(), number: Number(its) }
}

/** The value of `--repo`. */
export function repositoryOf(text: string | undefined): string | undefined {
  if (text !== undefined && !REPOSITORY.test(text)) throw new UsageError(`--repo takes owner/repo, not "${text}".`)
  return text?.toLowerCase()
}

/** The issue of the queue that is meant. Throws AppError `not_found`, or `ambiguous` when several have the number. */
export async function findIssue(api: Api, { repository, number }: IssueName): Promise<IssueKey> {
  if (repository !== undefined) return { repository, number }
  const { items, more } = await readQueue(api, { limit: LOOKED_THROUGH })
  const found = [...new Set(items.flatMap((item) => (item.issue_number === number ? [item.repository] : [])))]
  if (found.length === 1 && found[0] !== undefined) return { repository: found[0], number }
  if (found.length > 1) {
    const names = found.map((one) => `${one}#${number}`).join(', ')
    throw new AppError('ambiguous', `Several repositories have an issue ${number}: name one of ${names}.`)
  }
  const where = more ? `among the first ${LOOKED_THROUGH} of the queue` : 'in the queue'
  throw new AppError('not_found', `There is no issue ${number} ${where}. Name its repository: owner/repo#${number}.`)
}

export function nameOf({ repository, issue_number }: Pick<Item, 'repository' | 'issue_number'>): string {
  return `${repository}#${issue_number}`
}
