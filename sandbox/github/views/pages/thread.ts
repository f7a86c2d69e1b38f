/** One issue or pull request: what was said about it, what it changes, and what may be done with it. */
import { html } from 'hono/html'
import type {
  CommentRecord,
  IssueRecord,
  PullRequest,
  RemarkRecord,
  RepositoryRecord,
  ReviewRecord,
} from '../../state/model.ts'
import { fullName } from '../repository.ts'
import { toGitHubTime } from '../time.ts'
import { changesView } from './diff.ts'
import { commentForm, type Desk, labelForms, mergeForm, reviewForm } from './forms.ts'
import { type Fragment, layout } from './layout.ts'
import { stateBadge, tabs } from './list.ts'
import { prose } from './text.ts'

type Said = CommentRecord | ReviewRecord | RemarkRecord

/** What only a pull request has. */
export interface Changes {
  readonly pull: PullRequest
  readonly diff: string
  readonly isMergeable: boolean
}

export interface Thread {
  readonly repository: RepositoryRecord
  readonly issue: IssueRecord
  /** All of the repository, for the tabs. */
  readonly issues: readonly IssueRecord[]
  /** Names of the repository's labels. */
  readonly labels: readonly string[]
  /** Comments, reviews and remarks in the order they were written. */
  readonly said: readonly Said[]
  readonly changes: Changes | undefined
  readonly desk: Desk
  /** Why the last form was refused. */
  readonly problem?: string | undefined
}

export function threadPage(thread: Thread): Fragment {
  const { repository, issue, issues, labels, said, changes, desk, problem } = thread
  const name = fullName(repository)
  return layout(
    `${issue.title} · #${issue.number} · ${name}`,
    html`${tabs({ repository, issues, tab: issue.pull === null ? 'issues' : 'pulls' })}
<p><a href="/${name}">${name}</a></p><h1>${issue.title} <small>#${issue.number}</small></h1>
<p>${stateBadge(issue)} ${changes === undefined ? '' : branches(changes.pull)}</p>
${problem === undefined ? '' : html`<p class="note problem" role="alert">${problem}</p>`}
${labelForms(desk, issue, labels)}
${remark({ who: issue.author.login, did: 'wrote', at: issue.created_at, text: issue.body ?? '', name })}
${said.map((entry) => sayOf(entry, name))}${endOf(issue)}
${changes === undefined ? '' : judge(changes, desk)}${commentForm(desk, issue)}
${changes === undefined ? '' : changesView(changes.diff)}`,
  )
}

function branches({ pull }: PullRequest): Fragment {
  return html`<code>${pull.head}</code> into <code>${pull.base}</code>${pull.draft ? ' · draft' : ''} · <a href="#files">files changed</a>`
}

function judge({ pull, isMergeable }: Changes, desk: Desk): Fragment | string {
  return pull.state === 'closed' ? '' : html`${reviewForm(desk, pull)}${mergeForm(desk, pull, isMergeable)}`
}

function endOf(issue: IssueRecord): Fragment | string {
  if (issue.closed_at === null) return ''
  const merge = issue.pull?.merge
  const what = merge ? html`merged this as <code>${merge.commit.slice(0, 8)}</code>` : 'closed this'
  return html`<p class="note">${issue.closed_by ?? 'ghost'} ${what} · <small>${toGitHubTime(issue.closed_at)}</small></p>`
}

const VERDICTS: Readonly<Record<ReviewRecord['state'], { readonly did: string; readonly tone: string }>> = {
  APPROVED: { did: 'approved this', tone: 'good' },
  CHANGES_REQUESTED: { did: 'requested changes', tone: 'bad' },
  COMMENTED: { did: 'reviewed this', tone: '' },
  PENDING: { did: 'began a review', tone: '' },
}

function sayOf(entry: Said, name: string): Fragment {
  const who = entry.author.login
  if ('line' in entry) {
    const did = `remarked on ${entry.path}:${entry.line}`
    return remark({ who, did, at: entry.created_at, text: entry.body, name })
  }
  if ('state' in entry) return remark({ who, ...VERDICTS[entry.state], at: entry.submitted_at, text: entry.body, name })
  return remark({ who, did: 'commented', at: entry.created_at, text: entry.body, name })
}

interface Remark {
  readonly who: string
  readonly did: string
  readonly tone?: string
  readonly at: number
  readonly text: string
  /** Of the repository. */
  readonly name: string
}

function remark({ who, did, tone = '', at, text, name }: Remark): Fragment {
  return html`<article class="${tone}"><header><strong>${who}</strong> ${did} · <small>${toGitHubTime(at)}</small></header>${prose(text, name)}</article>`
}
