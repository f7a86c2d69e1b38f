/** Keeps secrets out of what the worker writes down: logs, reports and errors. */
import { maskSecrets } from '#lib/secrets/secrets'
import { formsOf, splitForms, squeezeWithPlaces } from './secrets/needles.ts'

export type Mask = (text: string) => string

const MASKED = '***'

/** Part of a text, up to but without `to`. */
interface Range {
  readonly from: number
  readonly to: number
}

/**
 * A function that replaces each of `secrets`, and whatever looks like a credential, by `***`. Secrets that become known
 * later are asked for at each call.
 */
export function createMask(secrets: readonly string[] | (() => readonly string[])): Mask {
  const current = typeof secrets === 'function' ? secrets : () => secrets
  let count = -1
  let known: readonly string[] = []
  let split: readonly string[] = []
  return (text) => {
    const now = current()
    if (now.length !== count) {
      count = now.length
      const forms = formsOf(now)
      known = [...forms].sort((a, b) => b.length - a.length)
      split = splitForms(forms)
    }
    const rest = known.reduce((rest, secret) => rest.replaceAll(secret, MASKED), text)
    return maskSecrets(maskSplit(rest, split))
  }
}

/** Masks what shows only when blanks and line breaks are taken out. */
function maskSplit(text: string, needles: readonly string[]): string {
  const { squeezed, places } = squeezeWithPlaces(text)
  if (squeezed.length === text.length) return text
  const found = needles.flatMap((needle) => rangesOf(squeezed, needle))
  let clean = ''
  let at = 0
  for (const { from, to } of found.sort((a, b) => a.from - b.from)) {
    const [start, end] = [places[from] ?? 0, (places[to - 1] ?? 0) + 1]
    if (start >= at) clean += text.slice(at, start) + MASKED
    at = Math.max(at, end)
  }
  return clean + text.slice(at)
}

function rangesOf(text: string, needle: string): Range[] {
  const ranges: Range[] = []
  for (let from = text.indexOf(needle); from >= 0; from = text.indexOf(needle, from + needle.length)) {
    ranges.push({ from, to: from + needle.length })
  }
  return ranges
}
