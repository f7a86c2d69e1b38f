/** How much of an issue travels with its job: an ordinary ticket stays below 1 KB, whatever its author wrote. Pure. */

/** GitHub's longest title in ASCII; one in other scripts is cut. */
const TITLE_BYTES = 256
/** Half a dozen of ordinary length. */
const LABELS_BYTES = 96
const MOST_LABELS = 20
const ELLIPSIS = '…'

/** The title, cut at a whole character if it is long. */
export function boundedTitle(title: string): string {
  if (Buffer.byteLength(title) <= TITLE_BYTES) return title
  let room = TITLE_BYTES - Buffer.byteLength(ELLIPSIS)
  let kept = ''
  for (const character of title) {
    room -= Buffer.byteLength(character)
    if (room < 0) break
    kept += character
  }
  return kept + ELLIPSIS
}

/** As many whole labels as fit, the same ones in whatever order they come. */
export function boundedLabels(labels: readonly string[]): readonly string[] {
  let room = LABELS_BYTES
  return labels
    .toSorted()
    .filter((label) => {
      const bytes = Buffer.byteLength(label)
      if (bytes > room) return false
      room -= bytes
      return true
    })
    .slice(0, MOST_LABELS)
}
