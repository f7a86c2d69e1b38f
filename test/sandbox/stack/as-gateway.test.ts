import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { routable } from '#sandbox/stack/as-gateway'

describe('a path that a router is given', () => {
  it.each([
    ['/workers/%2f?cursor=%ff', '/workers/%2f?cursor=%ff'],
    ['/workers/%ff', '/workers/%25ff'],
    ['/%', '/%25'],
    ['*', '/*'],
    ['/queue', '/queue'],
  ])('of %s is %s', (url, given) => {
    expect(routable(url)).toBe(given)
  })

  it('can be decoded whatever it was', () => {
    const piece = fc.constantFrom('%', '%f', '%ff', '%41', '%c0%ae', '/', 'a', '?')
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const [path = ''] = routable(pieces.join('')).split('?')
        expect(() => decodeURIComponent(path)).not.toThrow()
      }),
    )
  })
})
