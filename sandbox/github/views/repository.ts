/** A repository as GitHub tells one. */
import { DEFAULT_BRANCH } from '../git/bare.ts'
import type { RepositoryRecord } from '../state/model.ts'
import { toGitHubTime } from './time.ts'
import { nodeId, userView } from './user.ts'

export function fullName(repository: RepositoryRecord): string {
  return `${repository.owner}/${repository.name}`
}

export function repositoryView(base: string, repository: RepositoryRecord, openIssues: number) {
  return {
    id: repository.id,
    node_id: nodeId('Repository', repository.id),
    name: repository.name,
    full_name: fullName(repository),
    private: false,
    owner: userView(base, repository.owner),
    html_url: `${base}/${fullName(repository)}`,
    description: repository.description,
    fork: false,
    ...apiAddresses(`${base}/repos/${fullName(repository)}`),
    ...gitAddresses(base, repository),
    created_at: toGitHubTime(repository.created_at),
    updated_at: toGitHubTime(repository.updated_at),
    pushed_at: toGitHubTime(repository.pushed_at),
    ...figures(openIssues),
    ...features(),
    archived: repository.archived ?? false,
  }
}

/** The same with what only the answer about one repository carries. */
export function fullRepositoryView(base: string, repository: RepositoryRecord, openIssues: number) {
  return {
    ...repositoryView(base, repository, openIssues),
    network_count: 0,
    subscribers_count: 0,
    permissions: { admin: false, maintain: false, push: true, triage: true, pull: true },
    allow_merge_commit: true,
    allow_squash_merge: true,
    allow_rebase_merge: false,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
  }
}

function apiAddresses(api: string) {
  return {
    url: api,
    archive_url: `${api}/{archive_format}{/ref}`,
    assignees_url: `${api}/assignees{/user}`,
    blobs_url: `${api}/git/blobs{/sha}`,
    branches_url: `${api}/branches{/branch}`,
    collaborators_url: `${api}/collaborators{/collaborator}`,
    comments_url: `${api}/comments{/number}`,
    commits_url: `${api}/commits{/sha}`,
    compare_url: `${api}/compare/{base}...{head}`,
    contents_url: `${api}/contents/{+path}`,
    contributors_url: `${api}/contributors`,
    deployments_url: `${api}/deployments`,
    downloads_url: `${api}/downloads`,
    events_url: `${api}/events`,
    forks_url: `${api}/forks`,
    git_commits_url: `${api}/git/commits{/sha}`,
    git_refs_url: `${api}/git/refs{/sha}`,
    git_tags_url: `${api}/git/tags{/sha}`,
    hooks_url: `${api}/hooks`,
    issue_comment_url: `${api}/issues/comments{/number}`,
    issue_events_url: `${api}/issues/events{/number}`,
    issues_url: `${api}/issues{/number}`,
    keys_url: `${api}/keys{/key_id}`,
    labels_url: `${api}/labels{/name}`,
    languages_url: `${api}/languages`,
    merges_url: `${api}/merges`,
    milestones_url: `${api}/milestones{/number}`,
    notifications_url: `${api}/notifications{?since,all,participating}`,
    pulls_url: `${api}/pulls{/number}`,
    releases_url: `${api}/releases{/id}`,
    stargazers_url: `${api}/stargazers`,
    statuses_url: `${api}/statuses/{sha}`,
    subscribers_url: `${api}/subscribers`,
    subscription_url: `${api}/subscription`,
    tags_url: `${api}/tags`,
    teams_url: `${api}/teams`,
    trees_url: `${api}/git/trees{/sha}`,
  }
}

function gitAddresses(base: string, repository: RepositoryRecord) {
  const clone = `${base}/${fullName(repository)}.git`
  const { host } = new URL(base)
  return {
    clone_url: clone,
    git_url: `git://${host}/${fullName(repository)}.git`,
    ssh_url: `git@${host}:${fullName(repository)}.git`,
    svn_url: `${base}/${fullName(repository)}`,
    mirror_url: null,
    default_branch: DEFAULT_BRANCH,
  }
}

function figures(openIssues: number) {
  return {
    size: 1,
    forks: 0,
    forks_count: 0,
    watchers: 0,
    watchers_count: 0,
    stargazers_count: 0,
    open_issues: openIssues,
    open_issues_count: openIssues,
  }
}

function features() {
  return {
    homepage: null,
    language: 'TypeScript',
    license: null,
    topics: [],
    visibility: 'public',
    disabled: false,
    is_template: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    has_issues: true,
    has_projects: false,
    has_downloads: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
  }
}
