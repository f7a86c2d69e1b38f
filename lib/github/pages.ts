/** Walking a paged listing: the Link header, and the memory of its pages between polls. Pure. */
import type { ListingTag } from '#lib/github/ports'

/** The part of a page's address that differs between pages; empty for the first. */
export type PageCursor = string

export interface RememberedPage {
  readonly cursor: PageCursor
  /** Empty when the page came without one. */
  readonly etag: string
}

const LINK = /<([^<>]*)>\s*;[^,<]*?\brel="?([a-z]+)"?/g
const CURSOR_PARAMETERS = ['page', 'after'] as const

/** Where a page's Link header points for `rel`, undefined when it does not. Only `page` and `after` are taken from it. */
export function cursorOf(link: string | undefined, rel: 'next' | 'last'): PageCursor | undefined {
  for (const [, target = '', name] of (link ?? '').matchAll(LINK)) {
    if (name !== rel || !URL.canParse(target, 'https://relative')) continue
    const query = new URL(target, 'https://relative').searchParams
    const kept = CURSOR_PARAMETERS.flatMap((key) =>
      query
        .getAll(key)
        .slice(0, 1)
        .map((value): [string, string] => [key, value]),
    )
    return kept.length > 0 ? new URLSearchParams(kept).toString() : undefined
  }
  return undefined
}

/** A cursor as query parameters. */
export function parametersOf(cursor: PageCursor): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(cursor))
}

/** The cursor of the page behind a last one: the server names none, so it is counted. */
export function cursorBehind(pages: number): PageCursor {
  return `page=${pages + 1}`
}

/** An entity tag holds no blank, so that one parts it from the cursor. */
export function rememberPages(pages: readonly RememberedPage[]): ListingTag {
  return pages.map(({ etag, cursor }) => `${etag} ${cursor}`.trimEnd())
}

export function recallPages(tag: ListingTag): readonly RememberedPage[] {
  return tag.map((entry) => {
    const blank = entry.indexOf(' ')
    return blank < 0 ? { etag: entry, cursor: '' } : { etag: entry.slice(0, blank), cursor: entry.slice(blank + 1) }
  })
}
