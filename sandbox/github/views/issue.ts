/** Issues, labels and comments as GitHub tells them. */
import type { CommentRecord, IssueRecord, LabelRecord, RepositoryRecord } from '../state/model.ts'
import type { Store } from '../state/store.ts'
import { fullName } from './repository.ts'
import { orNull, toGitHubTime } from './time.ts'
import { nodeId, userView } from './user.ts'

/** Where things are told from: the stand-in's address, its memory, and the repository in question. */
export interface Scene {
  readonly base: string
  readonly store: Pick<Store, 'label'>
  readonly repository: RepositoryRecord
}

export const apiOf = ({ base, repository }: Scene): string => `${base}/repos/${fullName(repository)}`
export const htmlOf = ({ base, repository }: Scene): string => `${base}/${fullName(repository)}`

export function labelView(scene: Scene, label: LabelRecord) {
  return {
    id: label.id,
    node_id: nodeId('Label', label.id),
    url: `${apiOf(scene)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  }
}

export function issueLabels(scene: Scene, issue: IssueRecord) {
  const records = issue.labels.map((name) => scene.store.label(issue.repository, name))
  return records.filter((label) => label !== undefined).map((label) => labelView(scene, label))
}

export function issueView(scene: Scene, issue: IssueRecord) {
  const url = `${apiOf(scene)}/issues/${issue.number}`
  return {
    id: issue.id,
    node_id: nodeId('Issue', issue.id),
    url,
    repository_url: apiOf(scene),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    timeline_url: `${url}/timeline`,
    html_url: `${htmlOf(scene)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`,
    number: issue.number,
    title: issue.title,
    body: issue.body,
    user: userView(scene.base, issue.author.login),
    author_association: issue.author.association,
    labels: issueLabels(scene, issue),
    state: issue.state,
    state_reason: issue.state_reason,
    locked: issue.locked ?? false,
    active_lock_reason: null,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: issue.comments,
    created_at: toGitHubTime(issue.created_at),
    updated_at: toGitHubTime(issue.updated_at),
    closed_at: orNull(issue.closed_at),
    closed_by: issue.closed_by === null ? null : userView(scene.base, issue.closed_by),
    performed_via_github_app: null,
    reactions: reactionsView(url),
    ...(issue.pull && { draft: issue.pull.draft, pull_request: pullPointer(scene, issue) }),
  }
}

/** The key by which a pull request is told apart among issues. */
function pullPointer(scene: Scene, issue: IssueRecord) {
  const html = `${htmlOf(scene)}/pull/${issue.number}`
  return {
    url: `${apiOf(scene)}/pulls/${issue.number}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    merged_at: orNull(issue.pull?.merge?.at ?? null),
  }
}

export function commentView(scene: Scene, comment: CommentRecord) {
  const url = `${apiOf(scene)}/issues/comments/${comment.id}`
  return {
    id: comment.id,
    node_id: nodeId('IssueComment', comment.id),
    url,
    html_url: `${htmlOf(scene)}/issues/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${apiOf(scene)}/issues/${comment.number}`,
    body: comment.body,
    user: userView(scene.base, comment.author.login),
    author_association: comment.author.association,
    created_at: toGitHubTime(comment.created_at),
    updated_at: toGitHubTime(comment.updated_at),
    performed_via_github_app: null,
    reactions: reactionsView(url),
  }
}

function reactionsView(url: string) {
  const none = { '+1': 0, '-1': 0, laugh: 0, hooray: 0, confused: 0, heart: 0, rocket: 0, eyes: 0 }
  return { url: `${url}/reactions`, total_count: 0, ...none }
}
