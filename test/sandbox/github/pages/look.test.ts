import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filesOf } from '#sandbox/github/views/pages/diff'
import { prose, withoutComments } from '#sandbox/github/views/pages/text'
import { commit, git, pushBranch } from '../git.ts'
import { ACME, acme, aGitHub, anOctokit } from '../helpers.ts'
import { open } from './browser.ts'

const EVIL = `<script>alert(1)</script><img src=x onerror="alert(2)">'`

describe('a page', () => {
  it('shows an issue with its labels and comments, and escapes what people wrote', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    github.seed.issue({ repository: ACME, title: EVIL, body: EVIL, labels: [EVIL.slice(0, 40)] })
    await octokit.issues.createComment({ ...acme, issue_number: 1, body: `Aye. ${EVIL} <!-- marker -->` })

    const paths = ['', '/acme/shop', '/acme/shop/issues/new', '/acme/shop/issues/1']
    const pages = await Promise.all(paths.map((path) => open(github.url + path)))

    for (const { text, headers } of pages) {
      expect(text).not.toMatch(/<script|<img/)
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
      expect(headers.get('content-security-policy')).not.toContain('unsafe')
    }
    expect(pages[3]?.text).toContain('Aye. &lt;script&gt;')
    expect(pages[3]?.text).not.toContain('marker')
  })

  it('shows a pull request with its changes and reviews at its html_url', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    await pushBranch(github, 'fix', '<b>Land ahoy</b>\n')
    const { data } = await octokit.pulls.create({ ...acme, title: 'Fix', head: 'fix', base: 'main' })
    await octokit.pulls.createReview({ ...acme, pull_number: 1, event: 'REQUEST_CHANGES', body: 'Knots?' })

    const { text } = await open(data.html_url)

    expect(text).toContain('+&lt;b&gt;Land ahoy&lt;/b&gt;')
    expect(text).toMatch(/requested changes.*Knots\?/s)
    expect(text).toContain('No conflicts with main.')
  })

  it('offers no merge of what conflicts', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    const work = await pushBranch(github, 'fix', 'one\n')
    const { data } = await octokit.pulls.create({ ...acme, title: 'Fix', head: 'fix', base: 'main' })
    await git(work, 'checkout', '--quiet', 'main')
    await commit(work, 'main', 'two\n')
    await git(work, 'push', '--quiet', 'origin', 'main')

    const { text } = await open(data.html_url)

    expect(text).toContain('It conflicts with main.')
    expect(text).toMatch(/value="squash" disabled/)
  })

  it('lists issues apart from pull requests, each with the number of those that are open', async () => {
    const github = await aGitHub()
    const octokit = anOctokit(github)
    await pushBranch(github, 'fix')
    await octokit.issues.create({ ...acme, title: 'A leak' })
    await octokit.issues.create({ ...acme, title: 'Mended before' })
    await octokit.issues.update({ ...acme, issue_number: 2, state: 'closed' })
    await octokit.pulls.create({ ...acme, title: 'Mend it', head: 'fix', base: 'main' })

    const [issues, pulls, closed] = await Promise.all(
      ['issues', 'pulls', 'issues?state=closed'].map((path) => open(`${github.url}/acme/shop/${path}`)),
    )

    expect(titlesOf(issues?.text)).toEqual(['A leak'])
    expect(titlesOf(pulls?.text)).toEqual(['Mend it'])
    expect(titlesOf(closed?.text)).toEqual(['Mended before'])
    expect(issues?.text).toMatch(/Issues <span class="count">1<.*Pull requests <span class="count">1</s)
  })

  it('leads on from the address of an issue to its pull request, as GitHub does', async () => {
    const github = await aGitHub()
    await pushBranch(github, 'fix')
    await anOctokit(github).pulls.create({ ...acme, title: 'Fix', head: 'fix', base: 'main' })

    expect((await open(`${github.url}/acme/shop/issues/1`)).url).toBe(`${github.url}/acme/shop/pull/1`)
  })

  it('says how to let a worker of one’s own take the issues', async () => {
    const orchestrator = { url: 'http://127.0.0.1:8000', token: 'w-1' }
    const github = await aGitHub({ token: 's3cret', orchestrator })

    const { text } = await open(github.url)

    for (const word of [
      'ORCHESTRATOR_URL=http://127.0.0.1:8000',
      `GITHUB_API_URL=${github.url}`,
      'GITHUB_TOKEN=s3cret',
    ])
      expect(text).toContain(word)
  })
})

describe('what is not there', () => {
  it('is a page for a browser', async () => {
    const github = await aGitHub()

    for (const path of ['/acme/none', '/acme/shop/issues/9', '/acme/shop/wiki']) {
      const page = await open(github.url + path)
      expect(page).toMatchObject({ status: 404, text: expect.stringContaining('<h1>404') })
      expect(page.headers.get('content-type')).toContain('text/html')
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    }
  })

  it.each(['/acme/none', '/repos/acme/none', '/nothing'])('is GitHub’s JSON for a program: %s', async (path) => {
    const github = await aGitHub()

    const answer = await fetch(github.url + path)

    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ message: 'Not Found', status: '404' })
  })

  it('is JSON on the API’s paths for browsers and programs alike', async () => {
    const github = await aGitHub()

    expect((await open(`${github.url}/repos/acme/none`)).headers.get('content-type')).toContain('json')
  })
})

describe('the text of an issue', () => {
  const shown = (text: string) => String(prose(text, 'acme/shop'))

  it('keeps code, and links issues and web addresses', () => {
    expect(shown('See #7 and https://example.com/a?b=1.')).toBe(
      '<div class="text"><p>See <a href="/acme/shop/issues/7">#7</a> and <a href="https://example.com/a?b=1" rel="noopener noreferrer nofollow">https://example.com/a?b=1</a>.</p></div>',
    )
    expect(shown('a `b #7` c')).toContain('<code>b #7</code>')
    expect(shown('```ts\nx < y #7\n```')).toContain('<pre><code>x &lt; y #7\n</code></pre>')
  })

  it('makes no tag and no script address of anything', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '&',
      '`',
      '```\n',
      '#1',
      'https://',
      'javascript:',
      '<!--',
      '-->',
      'x',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        const tags = shown(pieces.join('')).match(/<[^>]*>/g) ?? []
        const ours =
          /^<(\/?(div|p|pre|code|a)|div class="text"|a href="(https?:\/\/|\/acme\/shop\/issues\/)[^"]*"( rel="noopener noreferrer nofollow")?)>$/
        expect(tags.filter((tag) => !ours.test(tag))).toEqual([])
      }),
    )
  })

  it('loses its HTML comments, and nothing of one that is open', () => {
    expect(withoutComments('a<!-- b -->c<!-- d')).toBe('ac<!-- d')
  })
})

describe('a diff', () => {
  it('is read file by file, whatever its lines look like', () => {
    const diff = [
      'diff --git a/a.txt b/a.txt',
      'index 1..2 100644',
      '--- a/a.txt',
      '+++ b/a.txt',
      '@@ -1 +1,2 @@',
      '-old',
      '+++ b/fake',
      '+diff --git a/x b/x',
      'diff --git a/b.bin b/b.bin',
      'new file mode 100644',
      'Binary files /dev/null and b/b.bin differ',
    ].join('\n')

    expect(filesOf(diff)).toMatchObject([
      { path: 'a.txt', added: 2, removed: 1 },
      { path: 'a/b.bin b/b.bin', added: 0, removed: 0 },
    ])
  })
})

const titlesOf = (text = ''): readonly string[] =>
  [...text.matchAll(/<li>.*?<a href="[^"]+">([^<]+)<\/a>/g)].map(([, title]) => String(title))
