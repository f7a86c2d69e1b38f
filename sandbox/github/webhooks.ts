/** Tells a webhook what happened, as GitHub does: signed, once, in order, and with no second try. */
import { createHmac } from 'node:crypto'
import { seconds } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { happenings } from './state/history.ts'
import type { Listener } from './state/ledger.ts'
import type { IssueRecord, LabelRecord, RepositoryRecord, ReviewRecord } from './state/model.ts'
import { htmlOf, issueView, type Scene } from './views/issue.ts'
import { reviewView } from './views/pull.ts'
import { fullName } from './views/repository.ts'
import { orNull, toGitHubTime } from './views/time.ts'
import { userView } from './views/user.ts'

export interface WebhookTarget {
  readonly url: string
  readonly secret: string
}

export interface WebhookPorts {
  /** The stand-in's own address. */
  readonly base: () => string
  readonly repository: (id: number) => RepositoryRecord | undefined
  readonly label: (repository: number, name: string) => LabelRecord | undefined
}

export interface Webhooks {
  readonly listener: Listener | undefined
  delivered(): Promise<void>
  /** Forgets what is still to be told. */
  close(): Promise<void>
}

/** GitHub waits no longer for an answer. */
const PATIENCE = seconds(10)

interface Telling {
  readonly event: 'issues' | 'pull_request' | 'pull_request_review'
  readonly payload: Readonly<Record<string, unknown>>
}

export function createWebhooks(target: WebhookTarget | undefined, ports: WebhookPorts): Webhooks {
  const closed = new AbortController()
  let line = Promise.resolve()

  const sceneOf = (issue: IssueRecord): Scene | undefined => {
    const repository = ports.repository(issue.repository)
    return repository && { base: ports.base(), repository, store: { label: ports.label } }
  }

  const tell = (tellings: readonly Telling[]): void => {
    for (const telling of tellings) line = line.then(() => send(telling))
  }

  async function send({ event, payload }: Telling): Promise<void> {
    if (target === undefined || closed.signal.aborted) return
    const body = JSON.stringify(payload)
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/stand-in',
      'x-github-delivery': systemIds.uuid(),
      'x-github-event': event,
      'x-hub-signature-256': `sha256=${createHmac('sha256', target.secret).update(body).digest('hex')}`,
    }
    const signal = AbortSignal.any([closed.signal, AbortSignal.timeout(PATIENCE)])
    // Whoever does not answer misses it, as on GitHub: the next poll finds the change.
    await fetch(target.url, { method: 'POST', headers, body, signal })
      .then((answer) => answer.body?.cancel())
      .catch(() => undefined)
  }

  const listener: Listener = {
    issue(before, after, by) {
      const scene = sceneOf(after)
      if (scene !== undefined)
        tell(after.pull === null ? ofIssue(scene, { before, after, by }) : ofPull(scene, { before, after, by }))
    },
    review(issue, review) {
      const scene = sceneOf(issue)
      if (scene !== undefined && review.state !== 'PENDING') tell([ofReview(scene, issue, review)])
    },
  }

  return {
    listener: target && listener,
    delivered: () => line,
    close() {
      closed.abort()
      return line
    },
  }
}

interface Change {
  readonly before: IssueRecord | undefined
  readonly after: IssueRecord
  readonly by: string
}

function ofIssue(scene: Scene, { before, after, by }: Change): readonly Telling[] {
  const common = { issue: issueView(scene, after), ...placeOf(scene, by) }
  const telling = (action: string, more: object = {}): Telling => ({
    event: 'issues',
    payload: { action, ...more, ...common },
  })
  const isEdited = before !== undefined && (before.title !== after.title || before.body !== after.body)
  return [
    ...(before === undefined ? [telling('opened')] : []),
    ...(isEdited ? [telling('edited', { changes: changesOf(before, after) })] : []),
    ...(before?.deleted === false && after.deleted ? [telling('deleted')] : []),
    ...happenings(before, after)
      .filter(({ event }) => event !== 'renamed')
      .map(({ event, label }) => telling(event, label === undefined ? {} : { label: { name: label } })),
  ]
}

function changesOf(before: IssueRecord, after: IssueRecord) {
  return {
    ...(before.title !== after.title && { title: { from: before.title } }),
    ...(before.body !== after.body && { body: { from: before.body ?? '' } }),
  }
}

function ofPull(scene: Scene, { before, after, by }: Change): readonly Telling[] {
  const action =
    before === undefined
      ? 'opened'
      : before.state === after.state
        ? before.pull?.head_sha === after.pull?.head_sha
          ? 'edited'
          : 'synchronize'
        : after.state === 'open'
          ? 'reopened'
          : 'closed'
  return [
    {
      event: 'pull_request',
      payload: { action, number: after.number, pull_request: pullOf(scene, after), ...placeOf(scene, by) },
    },
  ]
}

function ofReview(scene: Scene, issue: IssueRecord, review: ReviewRecord): Telling {
  const told = { ...reviewView(scene, review), state: review.state.toLowerCase() }
  const place = placeOf(scene, review.author.login)
  return {
    event: 'pull_request_review',
    payload: { action: 'submitted', review: told, pull_request: pullOf(scene, issue), ...place },
  }
}

/** What a receiver needs to know a pull request by. */
function pullOf(scene: Scene, issue: IssueRecord) {
  const { pull, number, title, body, state, author } = issue
  return {
    number,
    html_url: `${htmlOf(scene)}/pull/${number}`,
    title,
    body,
    state,
    user: userView(scene.base, author.login),
    draft: pull?.draft ?? false,
    merged: pull?.merge != null,
    merged_at: orNull(pull?.merge?.at ?? null),
    closed_at: orNull(issue.closed_at),
    updated_at: toGitHubTime(issue.updated_at),
    head: { ref: pull?.head ?? '', sha: pull?.head_sha ?? '' },
    base: { ref: pull?.base ?? '', sha: pull?.base_sha ?? '' },
  }
}

function placeOf({ base, repository }: Scene, by: string) {
  return { repository: { id: repository.id, full_name: fullName(repository) }, sender: userView(base, by) }
}
