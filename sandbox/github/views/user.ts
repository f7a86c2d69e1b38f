/** A user as GitHub tells one. Whatever login is named exists. */
import { createHash } from 'node:crypto'
import { toGitHubTime } from './time.ts'

/** The same login has the same number everywhere and always; 31 bits, as JSON readers of all languages like. */
function userId(login: string): number {
  return createHash('sha256').update(login.toLowerCase()).digest().readUInt32BE() >>> 1
}

export function userView(base: string, login: string) {
  const api = `${base}/users/${encodeURIComponent(login)}`
  const id = userId(login)
  return {
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: `${base}/avatars/${id}`,
    gravatar_id: '',
    url: api,
    html_url: `${base}/${encodeURIComponent(login)}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type: login.endsWith('[bot]') ? 'Bot' : 'User',
    user_view_type: 'public',
    site_admin: false,
  }
}

/** The answer to `GET /user`. */
export function ownUserView(base: string, login: string) {
  return {
    ...userView(base, login),
    name: login,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: toGitHubTime(0),
    updated_at: toGitHubTime(0),
  }
}

/** GitHub's opaque global ids: the kind and the number, in base64. */
export function nodeId(kind: string, id: number): string {
  return Buffer.from(`${kind}:${id}`).toString('base64url')
}
