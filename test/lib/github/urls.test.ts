import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { htmlBaseOf, isPullRequestOf, isPullRequestOfEither, splitRepository } from '#lib/github/urls'

const name = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/)
const number = fc.integer({ min: 1, max: 9_999_999_999 })
const WEB = 'https://github.com'

describe('the address of a pull request', () => {
  it('is taken for what it is, in any letter case', () => {
    fc.assert(
      fc.property(name, name, number, (owner, repo, n) => {
        expect(isPullRequestOf(`${WEB}/${owner}/${repo}/pull/${n}`, `${owner}/${repo}`, WEB)).toBe(true)
        expect(isPullRequestOf(`${WEB}/${owner}/${repo}/pull/${n}`.toUpperCase(), `${owner}/${repo}`, WEB)).toBe(true)
      }),
    )
  })

  it('is refused with anything added to it or left out', () => {
    const good = `${WEB}/acme/shop/pull/12`
    fc.assert(
      fc.property(fc.nat(good.length), fc.string({ minLength: 1, maxLength: 12 }), (at, extra) => {
        const changed = good.slice(0, at) + extra + good.slice(at)
        fc.pre(!/^https:\/\/github\.com\/acme\/shop\/pull\/[1-9]\d{0,9}$/i.test(changed))
        expect(isPullRequestOf(changed, 'acme/shop', WEB)).toBe(false)
      }),
    )
  })

  it('is never believed of text that merely parses to such an address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.string()), (text) => {
        expect(isPullRequestOf(text, 'acme/shop', WEB)).toBe(
          /^https:\/\/github\.com\/acme\/shop\/pull\/[1-9]\d{0,9}$/i.test(text),
        )
      }),
    )
  })

  it.each([
    'javascript:alert(1)//github.com/acme/shop/pull/1',
    'https://github.com/acme/other/pull/1',
    'https://github.com/acme/shop/issues/1',
    'https://github.com/acme/shop/pull/0',
    'https://github.com/acme/shop/pull/01',
    'https://github.com/acme/shop/pull/1/files',
    'https://github.com/acme/shop/pull/1?x=1',
    'https://github.com/acme/shop/pull/1#x',
    'https://github.com/acme/shop/../shop/pull/1',
    'https://github.com:443/acme/shop/pull/1',
    'https://user@github.com/acme/shop/pull/1',
    'https://github.com.evil.example/acme/shop/pull/1',
    'https://github.com\\acme/shop/pull/1',
    'http://github.com/acme/shop/pull/1',
    ' https://github.com/acme/shop/pull/1',
    'https://github.com/acme/shop/pull/1\n',
    'https://github.com/acme/\u212Ait/pull/1',
    '',
  ])('refuses %j', (url) => {
    expect(isPullRequestOf(url, url.includes('it/') ? 'acme/kit' : 'acme/shop', WEB)).toBe(false)
  })

  it('may be plain http only on a loopback stand-in', () => {
    expect(isPullRequestOf('http://127.0.0.1:9/acme/shop/pull/1', 'acme/shop', 'http://127.0.0.1:9')).toBe(true)
    expect(isPullRequestOf('http://ghe.example/acme/shop/pull/1', 'acme/shop', 'http://ghe.example')).toBe(false)
    expect(isPullRequestOf('https://github.com/x/pull/1', 'x', WEB)).toBe(false)
  })
})

describe('where the web pages of an API live', () => {
  it.each([
    ['https://api.github.com', 'https://github.com'],
    ['https://api.github.com/', 'https://github.com'],
    ['https://ghe.acme.example/api/v3', 'https://ghe.acme.example'],
    ['https://api.acme.ghe.com', 'https://acme.ghe.com'],
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
  ])('%s → %s', (api, web) => {
    expect(htmlBaseOf(api)).toBe(web)
  })

  it.each(['', 'github.com', 'file:///etc/passwd'])('refuses %j', (api) => {
    expect(() => htmlBaseOf(api)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })
})

describe('a repository name', () => {
  it('falls into its halves', () => {
    expect(splitRepository('acme/shop.js')).toEqual({ owner: 'acme', repo: 'shop.js' })
  })

  it.each(['acme', 'acme/', '/shop', 'a/b/c', '../..', './x', 'acme/..', 'a b/c', 'a/b?c', 'a/b%2f'])(
    'refuses %j',
    (text) => {
      expect(() => splitRepository(text)).toThrow(expect.objectContaining({ code: 'invalid' }))
    },
  )
})

describe('a pull request of a renamed repository', () => {
  const htmlBase = 'https://acme.ghe.com'
  const renamed = { htmlBase, renamedTo: async () => 'acme/store' }

  it.each([
    ['https://acme.ghe.com/acme/shop/pull/7', true],
    ['https://acme.ghe.com/acme/store/pull/7', true],
    ['https://api.acme.ghe.com/acme/store/pull/7', false],
    ['https://acme.ghe.com/acme/till/pull/7', false],
  ])('%s: %s', async (url, expected) => {
    expect(await isPullRequestOfEither(url, 'acme/shop', renamed)).toBe(expected)
  })
})
