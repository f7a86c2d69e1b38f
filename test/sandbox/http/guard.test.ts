import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DoorList, doorOf, LOOPBACK_ONLY } from '#sandbox/http/doors'
import { judge, judgeBody } from '#sandbox/http/guard'

const HERE = '127.0.0.1:8000'

interface Sent {
  readonly method?: string
  readonly url?: string
  readonly headers?: Record<string, string>
}

/** The status that a request is refused with; undefined when it passes. */
function refused({ method = 'GET', url = '/', headers = {} }: Sent, list: DoorList = LOOPBACK_ONLY, isOpen = false) {
  return judge({ method, url, headers: { host: HERE, ...headers } }, doorOf(list, isOpen))?.status
}

describe('the guard of a local port', () => {
  it.each(['127.0.0.1:8000', '127.9.8.7', 'localhost:8000', 'LOCALHOST', 'shop.localhost:1', '[::1]:8000', '[::1]'])(
    'lets in what is addressed to %s',
    (host) => {
      expect(refused({ headers: { host } })).toBeUndefined()
    },
  )

  it.each([
    'evil.example',
    'evil.example:8000',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example',
    '127.0.0.1.',
    '10.0.0.1:8000',
    '[::2]:8000',
    '0.0.0.0:8000',
    '',
    ':8000',
    '[',
    '::1',
    '127.0.0.1:80@evil.example',
    'localhost:evil.example',
    'localhost:80:90',
    '[::1]evil.example',
    '[::1%lo]',
    '[localhostx',
    '.localhost',
    'evil.example#.localhost',
    'evil.example/.localhost',
    'evil.example\\.localhost',
    'evil.example, .localhost',
  ])('refuses what is addressed to %j', (host) => {
    expect(refused({ headers: { host } })).toBe(421)
  })

  it('judges the address of a request line that names one, too', () => {
    expect(refused({ url: `http://${HERE}/health` })).toBeUndefined()
    expect(refused({ url: 'http://evil.example/health' })).toBe(421)
    expect(refused({ url: 'nonsense' })).toBe(421)
  })

  it('lets in pages of its own origin, whatever the scheme in front of it, and no other', () => {
    expect(refused({ method: 'POST', headers: { origin: `http://${HERE}`, 'sec-fetch-site': 'same-origin' } })).toBe(
      undefined,
    )
    expect(refused({ headers: { origin: `https://${HERE}` } })).toBeUndefined()
    for (const origin of ['http://127.0.0.1:8001', 'http://localhost:8000', 'http://evil.example', 'null', '', HERE]) {
      expect(refused({ method: 'POST', headers: { origin } }), origin).toBe(403)
    }
  })

  it('takes a form without an origin for its own only when the browser says so', () => {
    expect(refused({ method: 'POST', headers: { origin: 'null', 'sec-fetch-site': 'same-origin' } })).toBeUndefined()
    expect(refused({ method: 'POST', headers: { origin: 'null', 'sec-fetch-site': 'cross-site' } })).toBe(403)
  })

  it.each(['cross-site', 'same-site'])(
    'lets a person follow a link from a %s page, and no page load a part',
    (site) => {
      const visit = { 'sec-fetch-site': site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
      expect(refused({ headers: visit })).toBeUndefined()
      expect(refused({ method: 'POST', headers: visit })).toBe(403)
      expect(refused({ headers: { ...visit, 'sec-fetch-dest': 'iframe' } })).toBe(403)
      expect(
        refused({ headers: { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' } }),
      ).toBe(403)
      expect(refused({ headers: { 'sec-fetch-site': site } })).toBe(403)
    },
  )

  it('lets in the names and origins that its user lists, and says how to list one', () => {
    const list = { hosts: ['tunnel.example.com', '*.ngrok.app'], origins: ['https://desk.example.com'] }
    expect(refused({ headers: { host: 'tunnel.example.com' } }, list)).toBeUndefined()
    expect(refused({ headers: { host: 'abc.ngrok.app' } }, list)).toBeUndefined()
    expect(refused({ headers: { host: 'ngrok.app' } }, list)).toBe(421)
    expect(refused({ headers: { host: 'evilngrok.app' } }, list)).toBe(421)
    const fromDesk = { origin: 'https://desk.example.com', 'sec-fetch-site': 'cross-site' }
    expect(refused({ method: 'POST', headers: fromDesk }, list)).toBeUndefined()
    expect(judge({ headers: { host: 'x.example' } }, doorOf(list))?.detail).toContain('ALLOWED_HOSTS')
    expect(judge({ headers: { host: HERE, origin: 'http://x' } }, doorOf(list))?.detail).toContain('ALLOWED_ORIGINS')
  })

  it('answers to this machine by its own addresses only where other machines may come in', () => {
    const own = doorOf(LOOPBACK_ONLY, true)
    expect(own.allowsHost('0.0.0.0')).toBe(false)
    expect(refused({ headers: { host: '198.51.100.7:8000' } }, LOOPBACK_ONLY, true)).toBe(421)
    expect(own.allowsHost('127.0.0.1')).toBe(true)
    expect(doorOf(LOOPBACK_ONLY).allowsHost('127.0.0.1')).toBe(false)
  })

  it('never fails, and lets no host in that does not end as a loopback name does', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string(), fc.string(), (host, origin, url) => {
        const status = refused({ url, headers: { host, origin } })
        const isLocal = /(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::.*)?$/i.test(host)
        expect([undefined, 403, 421]).toContain(status)
        if (!isLocal) expect(status).toBe(421)
      }),
    )
  })
})

describe('a body', () => {
  it('is refused when it is announced to be too large', () => {
    const status = (length?: string) =>
      judgeBody({ headers: { ...(length !== undefined && { 'content-length': length }) } }, 100)?.status
    expect([status(), status('100'), status('101')]).toEqual([undefined, undefined, 413])
  })
})
