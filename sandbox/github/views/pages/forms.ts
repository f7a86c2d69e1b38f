/** The forms of the pages. Each carries the hidden word that only a page of this start can know. */
import { html } from 'hono/html'
import type { IssueRecord, PullRequest } from '../../state/model.ts'
import type { Fragment } from './layout.ts'

/** Where forms go, and the word they carry. */
export interface Desk {
  /** `/<owner>/<repo>`. */
  readonly place: string
  readonly word: string
}

/** The label that asks Coxswain for work, unless it is configured otherwise. */
const TRIGGER = 'ai-ready'

export function newIssueForm(desk: Desk, input: Readonly<Record<string, string>> = {}): Fragment {
  const { title = '', body = '', labels = TRIGGER } = input
  return form(
    { action: `${desk.place}/issues/new`, word: desk.word },
    html`<label>Title <input type="text" name="title" value="${title}" required maxlength="256" autofocus></label>
<label>Text <small>what is to be done; code in backticks</small><textarea name="body">${body}</textarea></label>
<label>Labels <small>separated by commas; <code>${TRIGGER}</code> queues it for a worker</small><input type="text" name="labels" value="${labels}"></label>
<button class="go">Create issue</button>`,
  )
}

export function commentForm(desk: Desk, issue: IssueRecord): Fragment {
  const other = issue.state === 'open' ? ['close', 'Close'] : ['reopen', 'Reopen']
  const isMerged = issue.pull?.merge != null
  return form(
    { action: `${pathOf(desk, issue)}/comment`, word: desk.word },
    html`<fieldset><legend>Comment</legend><textarea name="body" aria-label="Comment"></textarea>
<button class="go" name="do" value="comment">Comment</button>${
      isMerged ? '' : html`<button name="do" value="${other[0]}">${other[1]}</button>`
    }</fieldset>`,
  )
}

export function labelForms(desk: Desk, issue: IssueRecord, known: readonly string[]): Fragment {
  const action = `${pathOf(desk, issue)}/labels`
  const shown = issue.labels.map(
    (name) =>
      html`<span class="label">${name}${form(
        { action, word: desk.word },
        html`<button name="remove" value="${name}" aria-label="Remove the label ${name}" title="Remove">×</button>`,
      )}</span>`,
  )
  const options = known.filter((name) => !issue.labels.includes(name)).map((name) => html`<option value="${name}">`)
  const adding = html`<span class="add-label"><input type="text" name="add" list="labels" required maxlength="50" placeholder="another label" aria-label="Another label">
<button>Add</button></span><datalist id="labels">${options}</datalist>`
  return html`<div class="labels">${shown}${form({ action, word: desk.word }, adding)}</div>`
}

export function reviewForm(desk: Desk, pull: PullRequest): Fragment {
  return form(
    { action: `${pathOf(desk, pull)}/review`, word: desk.word },
    html`<fieldset><legend>Review</legend><textarea name="body" aria-label="What you say about it" placeholder="What is to change, or why it is good"></textarea>
<button class="go" name="event" value="APPROVE">Approve</button><button class="no" name="event" value="REQUEST_CHANGES">Request changes</button>
<button name="event" value="COMMENT">Only comment</button></fieldset>`,
  )
}

export function mergeForm(desk: Desk, pull: PullRequest, isMergeable: boolean): Fragment {
  const { head_sha, base, draft } = pull.pull
  const reason = draft ? 'It is a draft.' : isMergeable ? `No conflicts with ${base}.` : `It conflicts with ${base}.`
  const disabled = draft || !isMergeable ? html` disabled` : ''
  return form(
    { action: `${pathOf(desk, pull)}/merge`, word: desk.word },
    html`<fieldset><legend>Merge</legend><p class="soft">${reason}</p><input type="hidden" name="sha" value="${head_sha}">
<button class="go" name="merge_method" value="squash"${disabled}>Squash and merge</button>
<button name="merge_method" value="merge"${disabled}>Merge commit</button></fieldset>`,
  )
}

const pathOf = ({ place }: Desk, issue: IssueRecord) => `${place}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`

function form({ action, word }: { readonly action: string; readonly word: string }, content: Fragment): Fragment {
  return html`<form method="post" action="${action}"><input type="hidden" name="word" value="${word}">${content}</form>`
}
