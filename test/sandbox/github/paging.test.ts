import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linkHeader, pageOf, parsePage } from '#sandbox/github/http/paging'

const base = 'http://127.0.0.1:1/repositories/1/issues?labels=a%2Cb'

function relations(link: string | undefined): Record<string, string> {
  const parts = (link ?? '').matchAll(/<([^>]+)>; rel="(\w+)"/g)
  return Object.fromEntries([...parts].map(([, url = '', relation = '']) => [relation, url]))
}

describe('paging', () => {
  it('shows every item once, in order, to who follows next from the first page', () => {
    fc.assert(
      fc.property(fc.nat(450), fc.integer({ min: 1, max: 120 }), (total, perPage) => {
        const items = Array.from({ length: total }, (_, i) => i)
        const seen: number[] = []
        let url: string | undefined = `${base}&per_page=${perPage}`
        while (url !== undefined) {
          const at: URL = new URL(url)
          const page = parsePage(at.searchParams)
          seen.push(...pageOf(items, page))
          url = relations(linkHeader(at, page, total))['next']
        }
        expect(seen).toEqual(items)
      }),
    )
  })

  it('names all four neighbours in the middle and keeps the rest of the query', () => {
    const url = new URL(`${base}&page=2&per_page=10`)

    const links = relations(linkHeader(url, { page: 2, perPage: 10 }, 35))

    expect(links).toEqual({
      prev: `${base}&page=1&per_page=10`,
      next: `${base}&page=3&per_page=10`,
      last: `${base}&page=4&per_page=10`,
      first: `${base}&page=1&per_page=10`,
    })
  })

  it('has no Link where one page is enough, and takes nonsense for the defaults', () => {
    expect(linkHeader(new URL(base), { page: 1, perPage: 30 }, 30)).toBeUndefined()
    expect(parsePage(new URLSearchParams('page=-1&per_page=x'))).toEqual({ page: 1, perPage: 30 })
    expect(parsePage(new URLSearchParams('per_page=1000'))).toEqual({ page: 1, perPage: 100 })
  })
})
