import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal } from '#lib/github/errors'
import { scopeOfRefusal } from '#lib/github/refusals'

/** What GitHub answers with every call, whatever its outcome. */
const ALWAYS = {
  'x-accepted-github-permissions': 'issues=write; pull_requests=write',
  'x-accepted-oauth-scopes': 'repo',
}

/** Sentences of GitHub, as users of its API have reported them. */
const SAID = [
  [403, 'Unable to create comment because issue is locked.', 'item'],
  [403, 'You cannot comment on this issue.', 'item'],
  [404, 'Not Found', 'item'],
  [410, 'This issue was deleted', 'item'],
  [422, 'Validation Failed', 'item'],
  [401, 'Bad credentials', 'token'],
  [403, 'Sorry. Your account was suspended.', 'token'],
  [403, 'Maximum number of login attempts exceeded. Please try again later.', 'token'],
  [403, 'Resource not accessible by personal access token', 'repository'],
  [403, 'Resource not accessible by integration', 'repository'],
  [403, 'Repository was archived so is read-only.', 'repository'],
  [403, 'Repository access blocked', 'repository'],
  [403, 'Must have admin rights to Repository.', 'repository'],
  [
    403,
    'Resource protected by organization SAML enforcement. You must grant your Personal Access token access.',
    'repository',
  ],
  [
    403,
    'Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled.',
    'repository',
  ],
  [410, 'Issues are disabled for this repo', 'repository'],
  [410, 'Issues has been disabled in this repository.', 'repository'],
  [451, 'Repository access blocked', 'repository'],
  [403, 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.', undefined],
  [429, 'Too Many Requests', undefined],
  [500, 'Server Error', undefined],
  [200, '', undefined],
] as const

describe('a refusal', () => {
  it.each(SAID)('%i %s is about the %s', (status, message, scope) => {
    expect(scopeOfRefusal({ status, message, headers: ALWAYS })).toBe(scope)
  })

  it('names a missing right only where one is missing', () => {
    const wait = { until: undefined, now: 0 }
    const told = (message: string, headers: object = ALWAYS) =>
      refusal('POST /x', { status: 403, message, headers: { ...headers } }, wait).message
    expect(told('Resource not accessible by integration')).toContain('it needs issues=write; pull_requests=write')
    expect(told('Unable to create comment because issue is locked.')).not.toMatch(/permission|scope/)
    expect(told('Forbidden', { ...ALWAYS, 'x-oauth-scopes': 'gist, read:org' })).toContain('lacks a scope')
    expect(told('Forbidden', { ...ALWAYS, 'x-oauth-scopes': 'gist, repo' })).not.toContain('lacks a scope')
  })

  it('of any text is judged without a throw', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.string(), (status, message) => {
        expect([undefined, 'token', 'repository', 'item']).toContain(scopeOfRefusal({ status, message, headers: {} }))
      }),
    )
  })
})
