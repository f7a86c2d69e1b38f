import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '#lib/clock'
import type { FaultPlan } from '#sandbox/github/http/faults'
import { startGitHub } from '#sandbox/github/server'
import { aFolder, aWork } from '#test/helpers/worker/values'
import { createPulls } from '#worker/pulls'

async function aGitHub(token: string | null = 'secret') {
  const github = await startGitHub({ port: 0, dataDir: join(await aFolder(), 'github'), token: 'secret' })
  onTestFinished(() => github.close())
  await github.seed.repository('acme/widgets')
  return { github, pulls: createPulls({ clock: systemClock, fetch }, { apiUrl: github.url, token }) }
}

const pushed = { base: 'main', branch: 'ai-feature/issue-7', notes: [] }

describe('opening a pull request', () => {
  it.each<[FaultPlan, object]>([
    [
      { status: 429, retryAfter: 9 },
      { code: 'rate_limited', retryAfter: 9 },
    ],
    [
      { status: 403, retryAfter: 9 },
      { code: 'rate_limited', retryAfter: 9 },
    ],
    [{ status: 502 }, { code: 'upstream_unavailable' }],
    [{ dropReply: true }, { code: 'upstream_unavailable' }],
    [{ status: 401 }, { code: 'forbidden' }],
    [{ status: 404 }, { code: 'not_found' }],
  ])('takes %j for %j', async (fault, error) => {
    const { github, pulls } = await aGitHub()
    github.fail({ ...fault, times: 10 })

    await expect(pulls.openOrFind(aWork(), pushed)).rejects.toMatchObject(error)
  })

  it.each(['GET', 'POST'])('says that a proxy answered %s in the place of GitHub', async (method) => {
    const { github, pulls } = await aGitHub()
    github.fail({ match: { method, path: /pulls$/ }, times: 10, status: 200, message: 'Sign in', page: true })

    await expect(pulls.openOrFind(aWork(), pushed)).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: expect.stringContaining('is a proxy in between'),
    })
  })

  it('is impossible from a branch that is not there', async () => {
    const { pulls } = await aGitHub()

    await expect(pulls.openOrFind(aWork(), pushed)).rejects.toMatchObject({ code: 'invalid' })
  })
})
