/** Pages of a list: which part is asked for, and the Link header that leads to the others. */

export interface Page {
  readonly page: number
  readonly perPage: number
}

/** GitHub's defaults: 30 to a page, never more than 100; what is no number counts as not given. */
const PER_PAGE = 30
const MAX_PER_PAGE = 100

export function parsePage(query: URLSearchParams): Page {
  return {
    page: positive(query.get('page')) ?? 1,
    perPage: Math.min(positive(query.get('per_page')) ?? PER_PAGE, MAX_PER_PAGE),
  }
}

function positive(text: string | null): number | undefined {
  const number = Number(text)
  return Number.isSafeInteger(number) && number > 0 ? number : undefined
}

export function pageOf<T>(items: readonly T[], { page, perPage }: Page): readonly T[] {
  return items.slice((page - 1) * perPage, page * perPage)
}

/** The Link header of a page out of `total` items; undefined when one page holds them all. */
export function linkHeader(url: URL, { page, perPage }: Page, total: number): string | undefined {
  const last = Math.max(1, Math.ceil(total / perPage))
  const links = [
    page > 1 ? link(url, Math.min(page - 1, last), 'prev') : undefined,
    page < last ? link(url, page + 1, 'next') : undefined,
    page < last ? link(url, last, 'last') : undefined,
    page > 1 ? link(url, 1, 'first') : undefined,
  ]
  return links.filter((part) => part !== undefined).join(', ') || undefined
}

function link(url: URL, page: number, relation: string): string {
  const target = new URL(url)
  target.searchParams.set('page', String(page))
  return `<${target.href}>; rel="${relation}"`
}
