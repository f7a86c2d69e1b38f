/** Every minute: pay the label changes and comments that are owed to GitHub, within its limits. */
import { isIdleFlush } from '#lib/github/flush'
import { flusher } from '#lib/github/wiring'
import { scheduled } from '#lib/http/scheduled'

export const handler = scheduled('github-flush', () => flusher.flush(), isIdleFlush)
