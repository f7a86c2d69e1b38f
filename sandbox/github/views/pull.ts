/** Pull requests and reviews as GitHub tells them. */
import type { Comparison } from '../git/bare.ts'
import type { PullRequest, RemarkRecord, ReviewRecord } from '../state/model.ts'
import { apiOf, htmlOf, issueLabels, type Scene } from './issue.ts'
import { repositoryView } from './repository.ts'
import { orNull, toGitHubTime } from './time.ts'
import { nodeId, userView } from './user.ts'

export interface PullScene extends Scene {
  readonly openIssues: number
}

export interface PullDetails extends Comparison {
  /** Null while nobody can tell, as for a pull request that is closed. */
  readonly mergeable: boolean | null
  readonly reviewComments: number
}

export function pullView(scene: PullScene, issue: PullRequest) {
  const { pull } = issue
  const addresses = pullAddresses(scene, issue)
  return {
    id: issue.id,
    node_id: nodeId('PullRequest', issue.id),
    number: issue.number,
    ...addresses,
    state: issue.state,
    locked: false,
    active_lock_reason: null,
    title: issue.title,
    body: issue.body,
    user: userView(scene.base, issue.author.login),
    author_association: issue.author.association,
    labels: issueLabels(scene, issue).map((label) => ({ ...label, description: label.description ?? '' })),
    milestone: null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    draft: pull.draft,
    created_at: toGitHubTime(issue.created_at),
    updated_at: toGitHubTime(issue.updated_at),
    closed_at: orNull(issue.closed_at),
    merged_at: orNull(pull.merge?.at ?? null),
    merge_commit_sha: pull.merge?.commit ?? null,
    head: branchView(scene, pull.head, pull.head_sha),
    base: branchView(scene, pull.base, pull.base_sha),
    _links: pullLinks(addresses),
    auto_merge: null,
  }
}

export function pullDetailsView(scene: PullScene, issue: PullRequest, details: PullDetails) {
  const { mergeable, reviewComments, ...comparison } = details
  const merge = issue.pull.merge
  return {
    ...pullView(scene, issue),
    merged: merge !== null,
    merged_by: merge && userView(scene.base, merge.by),
    mergeable,
    rebaseable: false,
    mergeable_state: { true: 'clean', false: 'dirty', null: 'unknown' }[String(mergeable)] ?? 'unknown',
    comments: issue.comments,
    review_comments: reviewComments,
    maintainer_can_modify: false,
    ...comparison,
  }
}

export function reviewView(scene: Scene, review: ReviewRecord) {
  const html = `${htmlOf(scene)}/pull/${review.number}`
  const pull = `${apiOf(scene)}/pulls/${review.number}`
  return {
    id: review.id,
    node_id: nodeId('PullRequestReview', review.id),
    user: userView(scene.base, review.author.login),
    author_association: review.author.association,
    body: review.body,
    state: review.state,
    commit_id: review.commit,
    html_url: `${html}#pullrequestreview-${review.id}`,
    pull_request_url: pull,
    _links: { html: { href: `${html}#pullrequestreview-${review.id}` }, pull_request: { href: pull } },
    ...(review.state !== 'PENDING' && { submitted_at: toGitHubTime(review.submitted_at) }),
  }
}

export function remarkView(scene: Scene, remark: RemarkRecord) {
  const html = `${htmlOf(scene)}/pull/${remark.number}#discussion_r${remark.id}`
  const pull = `${apiOf(scene)}/pulls/${remark.number}`
  const url = `${apiOf(scene)}/pulls/comments/${remark.id}`
  const at = toGitHubTime(remark.created_at)
  return {
    id: remark.id,
    node_id: nodeId('PullRequestReviewComment', remark.id),
    url,
    pull_request_review_id: remark.review,
    diff_hunk: '',
    path: remark.path,
    line: remark.line,
    original_line: remark.line,
    side: 'RIGHT',
    commit_id: remark.commit,
    original_commit_id: remark.commit,
    user: userView(scene.base, remark.author.login),
    author_association: remark.author.association,
    body: remark.body,
    created_at: at,
    updated_at: at,
    html_url: html,
    pull_request_url: pull,
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pull } },
  }
}

function branchView(scene: PullScene, ref: string, sha: string) {
  const { base, repository, openIssues } = scene
  return {
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    user: userView(base, repository.owner),
    repo: repositoryView(base, repository, openIssues),
  }
}

function pullAddresses(scene: Scene, { number, pull }: PullRequest) {
  const url = `${apiOf(scene)}/pulls/${number}`
  const html = `${htmlOf(scene)}/pull/${number}`
  const issue = `${apiOf(scene)}/issues/${number}`
  return {
    url,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${url}/commits`,
    review_comments_url: `${url}/comments`,
    review_comment_url: `${apiOf(scene)}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: `${apiOf(scene)}/statuses/${pull.head_sha}`,
  }
}

function pullLinks(addresses: ReturnType<typeof pullAddresses>) {
  return {
    self: { href: addresses.url },
    html: { href: addresses.html_url },
    issue: { href: addresses.issue_url },
    comments: { href: addresses.comments_url },
    review_comments: { href: addresses.review_comments_url },
    review_comment: { href: addresses.review_comment_url },
    commits: { href: addresses.commits_url },
    statuses: { href: addresses.statuses_url },
  }
}
