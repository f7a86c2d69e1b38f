/** Many at once, but not all: results in the order of the items, one failure touching no other. */

export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly PromiseSettledResult<R>[]> {
  const results: PromiseSettledResult<R>[] = new Array(items.length)
  const waiting = items.entries()
  const lane = async (): Promise<void> => {
    for (const [at, item] of waiting) {
      const [result] = await Promise.allSettled([work(item)])
      results[at] = result
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane))
  return results
}
