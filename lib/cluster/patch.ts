/** The JSON patch that takes a CronJob from what it is to what it should be: it names what differs and nothing else. */
import type { Difference } from './diff.ts'

export interface Operation {
  readonly op: 'add' | 'replace' | 'remove'
  /** RFC 6901. */
  readonly path: string
  readonly value?: unknown
}

/** `version` is the resource version that was compared; the server refuses the patch when the object has moved on. */
export function patchOf(changes: readonly Difference[], version: string | undefined): Operation[] {
  const lock: Operation = { op: 'replace', path: '/metadata/resourceVersion', value: version }
  const written = changes.filter(({ wanted }) => wanted !== undefined)
  // From the end of a list to its start, so that no removal moves what another one names.
  const removed = changes.filter(({ wanted }) => wanted === undefined).reverse()
  return [
    lock,
    ...written.map(({ place, wanted, found }): Operation => {
      return { op: found === undefined || found === null ? 'add' : 'replace', path: place, value: wanted }
    }),
    ...removed.map(({ place }): Operation => ({ op: 'remove', path: place })),
  ]
}
