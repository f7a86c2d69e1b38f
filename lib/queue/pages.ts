/** Reading a paged list to its end. */

/** Every item of every page, one after another. */
export async function* every<T>(
  page: (cursor: string | undefined) => Promise<{ readonly items: readonly T[]; readonly cursor?: string }>,
): AsyncGenerator<T> {
  let cursor: string | undefined
  do {
    const slice = await page(cursor)
    yield* slice.items
    cursor = slice.cursor
  } while (cursor !== undefined)
}
