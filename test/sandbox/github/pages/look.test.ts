import { describe, expect, it } from 'vitest'
import { pushBranch } from '../git.ts'
import { ACME, acme, aGitHub, anOctokit } from '../helpers.ts'

const EVIL = `<script>alert(1)</script><img src=x onerror="alert(2)">'`

describe('a page', () => {
  it('shows an issue with its labels and comments, and escapes what people wrote', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    github.seed.issue({ repository: ACME, title: EVIL, body: EVIL, labels: [EVIL.slice(0, 40)] })
    await octokit.issues.createComment({ ...acme, issue_number: 1, body: `Aye. ${EVIL} <!-- marker -->` })

    const pages = await Promise.all(['', '/acme/shop', '/acme/shop/issues/1'].map((path) => page(github.url + path)))

    for (const { text, headers } of pages) {
      expect(text).not.toMatch(/<script|<img/)
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    }
    expect(pages[2]?.text).toContain('Aye. &lt;script&gt;')
    expect(pages[2]?.text).not.toContain('marker')
  })

  it('shows a pull request with its changes at its html_url', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    await pushBranch(github, 'fix', '<b>Land ahoy</b>\n')
    const { data } = await octokit.pulls.create({ ...acme, title: 'Fix', head: 'fix', base: 'main' })
    await octokit.pulls.createReview({ ...acme, pull_number: 1, event: 'COMMENT', body: 'Knots?' })

    const { text } = await page(data.html_url)

    expect(text).toContain('+&lt;b&gt;Land ahoy&lt;/b&gt;')
    expect(text).toContain('Knots?')
  })

  it('is not there for what is not there', async () => {
    const github = await aGitHub()

    expect((await fetch(`${github.url}/acme/none`)).status).toBe(404)
    expect((await fetch(`${github.url}/acme/shop/issues/9`)).status).toBe(404)
  })
})

async function page(url: string): Promise<{ text: string; headers: Headers }> {
  const response = await fetch(url)
  return { text: await response.text(), headers: response.headers }
}
