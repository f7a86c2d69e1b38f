import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cursorBehind, cursorOf, parametersOf, recallPages, rememberPages } from '#lib/github/pages'

describe('a Link header', () => {
  const link =
    '<https://api.github.com/repositories/1/issues?state=open&after=Y3Vyc29y%3D&page=2>; rel="next", <https://api.github.com/repositories/1/issues?page=9>; rel="last"'

  it('tells the next and the last page by what differs between pages', () => {
    expect(parametersOf(cursorOf(link, 'next') ?? '')).toEqual({ page: '2', after: 'Y3Vyc29y=' })
    expect(cursorOf(link, 'last')).toBe('page=9')
  })

  it('ends the walk when there is no next page', () => {
    expect(cursorOf(undefined, 'next')).toBeUndefined()
    expect(cursorOf('<https://x/?page=1>; rel="prev"', 'next')).toBeUndefined()
    expect(cursorOf('<https://x/>; rel="next"', 'next')).toBeUndefined()
  })

  it('never throws, whatever it says', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        cursorOf(text, 'next')
        cursorOf(`<${text}>; rel="next"`, 'next')
      }),
    )
  })
})

describe('the memory of a listing', () => {
  it('gives every page back as it was', () => {
    const etag = fc.oneof(fc.constant(''), fc.stringMatching(/^(W\/)?"[\x21\x23-\x7e]{1,40}"$/))
    const cursor = fc.oneof(
      fc.constant(''),
      fc.constant(cursorBehind(1)),
      fc.stringMatching(/^after=[A-Za-z0-9%]{1,40}&page=\d{1,3}$/),
    )
    fc.assert(
      fc.property(fc.array(fc.record({ etag, cursor })), (pages) => {
        expect(recallPages(rememberPages(pages))).toEqual(pages)
      }),
    )
  })
})
