/** Statistics at most a second old: whoever watches the server closely must not become the table's load. */
import type { Clock, Instant } from '#lib/clock'
import type { Councils, Stats } from '#lib/councils/service'

const FRESH_MS = 1_000

/** Calls that meet share one look; one that failed is not kept. */
export function recentStats(councils: Pick<Councils, 'stats'>, clock: Clock): Pick<Councils, 'stats'> {
  let latest: { readonly at: Instant; readonly stats: Promise<Stats> } | undefined
  return {
    stats() {
      const now = clock.now()
      if (latest !== undefined && now >= latest.at && now - latest.at < FRESH_MS) return latest.stats
      const asked = { at: now, stats: councils.stats() }
      latest = asked
      asked.stats.catch(() => {
        if (latest === asked) latest = undefined
      })
      return asked.stats
    },
  }
}
