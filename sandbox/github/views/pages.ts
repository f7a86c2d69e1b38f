/** The pages themselves, written with a template that escapes whatever is put into it. */
import { html } from 'hono/html'
import type { CommentRecord, IssueRecord, RemarkRecord, RepositoryRecord, ReviewRecord } from '../state/model.ts'
import { fullName } from './repository.ts'
import { toGitHubTime } from './time.ts'

type Fragment = ReturnType<typeof html>

type Said = CommentRecord | ReviewRecord | RemarkRecord

interface LabelText {
  readonly name: string
  readonly color: string
}

export interface IssueScene {
  readonly repository: RepositoryRecord
  readonly issue: IssueRecord
  readonly labels: readonly LabelText[]
  /** Comments, reviews and remarks in the order they were written. */
  readonly said: readonly Said[]
  readonly diff: string
}

/** A diff longer than this is cut off: it is for a look, not for a review. */
const DIFF_CHARACTERS = 100_000

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: #1f2328; background: #fff }
  a { color: #0969da; text-decoration: none } a:hover { text-decoration: underline }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .5rem 0 } pre.code { font: 12px/1.45 ui-monospace, monospace }
  article { border: 1px solid #d1d9e0; border-radius: 6px; margin: 1rem 0; padding: .5rem 1rem }
  .state { color: #fff; border-radius: 1rem; padding: .1rem .7rem } .open { background: #1a7f37 } .closed { background: #8250df }
  .label { border: 1px solid; border-radius: 1rem; padding: 0 .5rem; margin-right: .25rem; font-size: 12px } small, header { color: #59636e }
  li { margin: .4rem 0 } ul { padding-left: 1rem }`

function layout(title: string, content: Fragment): Fragment {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head>
<body><header><a href="/">GitHub stand-in</a></header>${content}</body></html>`
}

export function frontPage(names: readonly string[]): Fragment {
  return layout(
    'Repositories',
    html`<h1>Repositories</h1><ul>${names.map((name) => html`<li><a href="/${name}">${name}</a></li>`)}</ul>`,
  )
}

export function repositoryPage(repository: RepositoryRecord, issues: readonly IssueRecord[]): Fragment {
  const name = fullName(repository)
  const items = issues.map(
    (issue) => html`<li>${state(issue)} <a href="/${name}/${place(issue)}">${issue.title}</a>
    <small>#${issue.number}</small> ${issue.labels.map((label) => html`<span class="label">${label}</span>`)}</li>`,
  )
  return layout(name, html`<h1>${name}</h1><p>${repository.description ?? ''}</p><ul>${items}</ul>`)
}

export function issuePage({ repository, issue, labels, said, diff }: IssueScene): Fragment {
  const name = fullName(repository)
  const branches = issue.pull && html`<p>Merge <code>${issue.pull.head}</code> into <code>${issue.pull.base}</code></p>`
  const changes =
    issue.pull && html`<h2>Changes</h2><article><pre class="code">${diff.slice(0, DIFF_CHARACTERS)}</pre></article>`
  return layout(
    `${issue.title} · #${issue.number} · ${name}`,
    html`<p><a href="/${name}">${name}</a></p><h1>${issue.title} <small>#${issue.number}</small></h1>
<p>${state(issue)} ${labels.map((label) => html`<span class="label" title="#${label.color}">${label.name}</span>`)}</p>
${branches}${remark(issue.author.login, issue.created_at, issue.body ?? '')}
${said.map(sayOf)}${changes}`,
  )
}

function sayOf(entry: Said): Fragment {
  if ('line' in entry)
    return remark(`${entry.author.login} · ${entry.path}:${entry.line}`, entry.created_at, entry.body)
  if ('state' in entry) return remark(`${entry.author.login} · ${entry.state}`, entry.submitted_at, entry.body)
  return remark(entry.author.login, entry.created_at, entry.body)
}

/** Text as written, without the HTML comments that a rendered page would not show either. */
function remark(who: string, at: number, text: string): Fragment {
  return html`<article><small>${who} · ${toGitHubTime(at)}</small><pre>${text.replace(/<!--[\s\S]*?-->/g, '').trim()}</pre></article>`
}

function state(issue: IssueRecord): Fragment {
  const word = issue.pull?.merge ? 'merged' : issue.state
  return html`<span class="state ${issue.state}">${word}</span>`
}

const place = (issue: IssueRecord): string => `${issue.pull ? 'pull' : 'issues'}/${issue.number}`
