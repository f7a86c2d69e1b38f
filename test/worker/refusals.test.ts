/** What a push is refused with, as GitHub and git print it; taken from public reports, names changed. */
import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/errors'
import { isWorthKeeping, kindOf } from '#worker/failure'
import { refusedPush } from '#worker/refusals'

const URL = 'https://github.com/acme/widgets.git'
const rejected = (reason: string, kind = 'remote rejected') => `To ${URL}
 ! [${kind}]       refs/coxswain/result -> ai-feature/issue-7 (${reason})
error: failed to push some refs to '${URL}'`

const failed = (stderr: string): AppError => {
  const cause = new AppError('upstream_unavailable', `git push failed: ${stderr}`, { cause: new Error(stderr) })
  try {
    return refusedPush(cause)
  } catch (error) {
    return error as AppError
  }
}

const WORKFLOW =
  'refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope'

const KEPT = { code: 'forbidden', keep: true }
const DROPPED = { code: 'invalid', keep: false }

describe('a push that is refused after the run', () => {
  it.each([
    ['without the workflow scope', rejected(WORKFLOW), KEPT, WORKFLOW],
    [
      'of a GitHub App without the right to workflows',
      rejected(
        'refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission',
      ),
      KEPT,
      'GitHub App',
    ],
    [
      'to a protected branch',
      `remote: error: GH006: Protected branch update failed for refs/heads/ai-feature/issue-7.        
remote: error: 6 of 6 required status checks are expected.        
${rejected('protected branch hook declined')}`,
      KEPT,
      '6 of 6 required status checks are expected.',
    ],
    [
      'against a ruleset',
      `remote: error: GH013: Repository rule violations found for refs/heads/ai-feature/issue-7.        
remote: Review all repository rules at https://github.com/acme/widgets/rules?ref=refs%2Fheads%2Fai-feature%2Fissue-7        
remote: 
remote: - Changes must be made through a pull request.        
remote: 
${rejected('push declined due to repository rule violations')}`,
      KEPT,
      '- Changes must be made through a pull request.',
    ],
    [
      'with a secret in it',
      `remote: error: GH013: Repository rule violations found for refs/heads/ai-feature/issue-7.
remote: - GITHUB PUSH PROTECTION
remote:     - Push cannot contain secrets
remote:          - commit: 5477a7dd26384ed3c8b3814ee677f755ad27a597
remote:            path: src/api/github.ts:34
${rejected('push declined due to repository rule violations')}`,
      DROPPED,
      'path: src/api/github.ts:34',
    ],
    [
      'with a file of more than 100 MB',
      `remote: Resolving deltas: 100% (14/14), completed with 7 local objects.        
remote: error: Trace: 83e8ea79de23baec9c518a4d315dd573d674408018cc5f3819c790d19f05bdb0        
remote: error: See https://gh.io/lfs for more information.        
remote: error: File assets/film.mp4 is 206.69 MB; this exceeds GitHub's file size limit of 100.00 MB        
remote: error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.        
${rejected('pre-receive hook declined')}`,
      DROPPED,
      'File assets/film.mp4 is 206.69 MB',
    ],
    [
      'because a branch is called ai-feature',
      rejected(
        "cannot lock ref 'refs/heads/ai-feature/issue-7': 'refs/heads/ai-feature' exists; cannot create 'refs/heads/ai-feature/issue-7'",
      ),
      KEPT,
      'Rename or delete the branch',
    ],
    [
      'without the right to write',
      `remote: Permission to acme/widgets.git denied to coxswain-bot.
fatal: unable to access '${URL}/': The requested URL returned error: 403`,
      KEPT,
      'Permission to acme/widgets.git denied to coxswain-bot.',
    ],
    [
      'to an archived repository',
      `remote: This repository was archived so it is read-only.
fatal: unable to access '${URL}/': The requested URL returned error: 403`,
      KEPT,
      'This repository was archived',
    ],
    [
      'to a repository that is gone',
      `remote: Repository not found.\nfatal: repository '${URL}/' not found`,
      KEPT,
      'not found',
    ],
  ] as const)('%s is a failure in the words of the remote', (_, stderr, { code, keep }, said) => {
    const error = failed(stderr)

    expect(error).toMatchObject({ code, message: expect.stringContaining(said) })
    expect(error.message).toMatch(/^git push failed: (?!remote:|error:|To |!)/)
    expect(error.message).not.toMatch(/Trace:|Resolving deltas|failed to push some refs/)
    expect(kindOf(error, 'after')).toBe('failed')
    expect(isWorthKeeping(error)).toBe(keep)
  })

  it.each([
    ['no network', `fatal: unable to access '${URL}/': Could not resolve host: github.com`],
    [
      'a cut connection',
      'error: RPC failed; curl 56 Recv failure: Connection reset by peer\nfatal: the remote end hung up unexpectedly',
    ],
    ['a server error', `fatal: unable to access '${URL}/': The requested URL returned error: 503`],
    ['an error inside the server', rejected('Internal Server Error')],
    [
      'a ref that another process locks',
      rejected("cannot lock ref 'refs/heads/ai-feature/issue-7': Unable to create: File exists."),
    ],
    ['a token that ran out', `remote: Invalid username or password.\nfatal: Authentication failed for '${URL}/'`],
  ])('for %s is the machine’s failure, and the result is kept', (_, stderr) => {
    const error = failed(stderr)
    expect(kindOf(error, 'after')).toBe('infrastructure')
    expect(isWorthKeeping(error)).toBe(true)
  })

  it('for a token that ran out says which to replace', () => {
    const { message } = failed("fatal: could not read Username for 'https://github.com': terminal prompts disabled")
    expect(message).toMatch(
      /could not read Username.*\. GITHUB_TOKEN is not accepted: it is wrong, expired or revoked\. Replace it/,
    )
  })

  it('for a branch that somebody pushed to meanwhile is done anew from there', () => {
    for (const reason of ['non-fast-forward', 'fetch first', 'stale info']) {
      const error = failed(rejected(reason, 'rejected'))
      expect(kindOf(error, 'after')).toBe('infrastructure')
      expect(isWorthKeeping(error)).toBe(false)
    }
  })

  it('for a rate limit says so', () => {
    const error = failed(
      `remote: API rate limit exceeded.\nfatal: unable to access '${URL}/': The requested URL returned error: 429`,
    )
    expect(kindOf(error, 'after')).toBe('rate_limited')
  })

  it('is thrown on as it is when it is none of git', () => {
    const error = new AppError('forbidden', 'own credentials')
    expect(() => refusedPush(error)).toThrow(error)
  })
})

describe('an error before the command ran', () => {
  it.each(['forbidden', 'not_found', 'upstream_unavailable', 'internal'] as const)('%s costs no attempt', (code) => {
    expect(kindOf(new AppError(code, 'x'), 'before')).toBe('infrastructure')
  })
})
