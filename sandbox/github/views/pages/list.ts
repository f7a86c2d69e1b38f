/** The repositories, and the issues or pull requests of one, each under a tab of its own. */
import { html } from 'hono/html'
import type { WorkerLine } from '../../../programs/worker-line.ts'
import type { IssueRecord, RepositoryRecord } from '../../state/model.ts'
import { fullName } from '../repository.ts'
import { toGitHubTime } from '../time.ts'
import { type Fragment, layout } from './layout.ts'
import { workerBox } from './worker.ts'

export type Tab = 'issues' | 'pulls'
export type Shown = 'open' | 'closed'

/** What a page of a list shows at most. */
const PER_PAGE = 50

export interface Listing {
  readonly repository: RepositoryRecord
  /** All issues and pull requests of the repository. */
  readonly issues: readonly IssueRecord[]
  readonly tab: Tab
  readonly shown: Shown
  /** From 1 on. */
  readonly page: number
}

export function frontPage(
  repositories: readonly Pick<Listing, 'repository' | 'issues'>[],
  worker: WorkerLine,
): Fragment {
  const items = repositories.map(({ repository, issues }) => {
    const name = fullName(repository)
    return html`<li><a href="/${name}">${name}</a> <small>open: ${counted(open(issues, 'issues'), 'issue')}, ${counted(open(issues, 'pulls'), 'pull request')}</small>
<br>${repository.description ?? ''}</li>`
  })
  return layout('Repositories', html`<h1>Repositories</h1><ul class="list">${items}</ul>${workerBox(worker)}`)
}

export function listPage(listing: Listing): Fragment {
  const { repository, issues, tab, shown, page } = listing
  const name = fullName(repository)
  const found = issues.filter((issue) => isOn(tab, issue) && issue.state === shown)
  const here = found.toSorted((a, b) => b.number - a.number).slice((page - 1) * PER_PAGE, page * PER_PAGE)
  const more = found.length > page * PER_PAGE ? html`<a href="?state=${shown}&page=${page + 1}">Older</a>` : ''
  return layout(
    name,
    html`<h1><a href="/${name}">${name}</a></h1><p>${repository.description ?? ''}</p>${tabs(listing)}
<p>${filter(listing, 'open')} · ${filter(listing, 'closed')} ${tab === 'issues' ? html`<a class="button go" href="/${name}/issues/new">New issue</a>` : ''}</p>
${here.length === 0 ? html`<p class="note">Nothing is ${shown} here.</p>` : html`<ul class="list">${here.map((issue) => item(name, issue))}</ul>`}
<p>${more}</p>`,
  )
}

/** The way to the other list, with how many are open in each. */
export function tabs({ repository, issues, tab }: Pick<Listing, 'repository' | 'issues' | 'tab'>): Fragment {
  const link = (target: Tab, word: string) =>
    html`<a href="/${fullName(repository)}/${target}"${tab === target ? html` aria-current="page"` : ''}>${word} <span class="count">${open(issues, target)}</span></a>`
  return html`<nav>${link('issues', 'Issues')}${link('pulls', 'Pull requests')}</nav>`
}

export function stateBadge(issue: IssueRecord): Fragment {
  const word = issue.pull?.merge ? 'merged' : issue.state
  return html`<span class="state ${issue.pull !== null && word === 'closed' ? 'refused' : word}">${word}</span>`
}

function item(name: string, issue: IssueRecord): Fragment {
  const place = `/${name}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`
  const labels = issue.labels.map((label) => html`<span class="label">${label}</span>`)
  return html`<li>${stateBadge(issue)} <a href="${place}">${issue.title}</a> ${labels}
<br><small>#${issue.number} by ${issue.author.login}, ${toGitHubTime(issue.created_at)}${issue.comments > 0 ? ` · ${counted(issue.comments, 'comment')}` : ''}</small></li>`
}

function filter({ issues, tab, shown }: Listing, state: Shown): Fragment {
  const count = issues.filter((issue) => isOn(tab, issue) && issue.state === state).length
  return html`<a href="?state=${state}"${shown === state ? html` aria-current="true"` : ''}>${count} ${state}</a>`
}

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`

const isOn = (tab: Tab, issue: IssueRecord) => (issue.pull !== null) === (tab === 'pulls')

const open = (issues: readonly IssueRecord[], tab: Tab) =>
  issues.filter((issue) => isOn(tab, issue) && issue.state === 'open').length
