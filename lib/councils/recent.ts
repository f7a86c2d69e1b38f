/** Councils as they were at most a moment ago: whoever asks often must not read the table each time. */
import type { Clock, Instant } from '#lib/clock'
import { keyOfRole } from './roster.ts'
import type { Registry, StoredCouncil } from './store-ports.ts'

/**
 * The registry, read once per `freshMs` at most, whatever is asked of it, and also when the read fails: calls that meet share
 * one read and its outcome. A change by this process is seen at once, one of another process after `freshMs`. 0: nothing is kept.
 */
export function recentRegistry(registry: Registry, clock: Clock, freshMs = 0): Registry {
  if (freshMs === 0) return registry
  let latest: { readonly at: Instant; readonly councils: Promise<readonly StoredCouncil[]> } | undefined
  const all = () => {
    const now = clock.now()
    // A clock that jumped back must not keep an old answer.
    if (latest === undefined || now < latest.at || now - latest.at >= freshMs) {
      const councils = registry.all()
      // Whoever asked is told; nobody else has to know.
      councils.catch(() => undefined)
      latest = { at: now, councils }
    }
    return latest.councils
  }
  return {
    all,
    find: async (role) => (await all()).find((council) => keyOfRole(council.role) === keyOfRole(role)),
    async save(council) {
      try {
        return await registry.save(council)
      } finally {
        // Also one that failed may have been written.
        latest = undefined
      }
    },
  }
}
