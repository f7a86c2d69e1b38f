/** The page of a new issue, and the page of what is not there or went wrong. */
import { html } from 'hono/html'
import type { IssueRecord, RepositoryRecord } from '../../state/model.ts'
import { fullName } from '../repository.ts'
import { type Desk, newIssueForm } from './forms.ts'
import { type Fragment, layout } from './layout.ts'
import { tabs } from './list.ts'

export interface NewIssue {
  readonly repository: RepositoryRecord
  readonly issues: readonly IssueRecord[]
  readonly desk: Desk
  /** What was typed, when it was refused. */
  readonly input?: Readonly<Record<string, string>> | undefined
  readonly problem?: string | undefined
}

export function newIssuePage({ repository, issues, desk, input, problem }: NewIssue): Fragment {
  const name = fullName(repository)
  return layout(
    `New issue · ${name}`,
    html`${tabs({ repository, issues, tab: 'issues' })}<p><a href="/${name}">${name}</a></p><h1>New issue</h1>
${problem === undefined ? '' : html`<p class="note problem" role="alert">${problem}</p>`}${newIssueForm(desk, input)}`,
  )
}

export function problemPage(status: number, message: string): Fragment {
  return layout(
    `${status} ${message}`,
    html`<h1>${status} <small>${message}</small></h1><p><a href="/">All repositories</a></p>`,
  )
}
