/** Times as GitHub writes them: UTC, whole seconds. */
import { type Instant, toTimestamp } from '#lib/clock'

export function toGitHubTime(at: Instant): string {
  return toTimestamp(at).replace(/\.\d{3}Z$/, 'Z')
}

export const orNull = (at: Instant | null): string | null => (at === null ? null : toGitHubTime(at))
