/** Where two plain values differ. */

export interface Difference {
  /** JSON pointer. */
  readonly path: string
  readonly stored: unknown
  readonly replayed: unknown
}

/** Every place where they differ, by JSON pointer; empty when they are equal. A missing member counts as null. */
export function differences(stored: unknown, replayed: unknown, path = ''): readonly Difference[] {
  if (isNested(stored) && isNested(replayed) && Array.isArray(stored) === Array.isArray(replayed)) {
    const names = new Set([...Object.keys(stored), ...Object.keys(replayed)])
    return [...names].flatMap((name) => differences(stored[name], replayed[name], `${path}/${escaped(name)}`))
  }
  const [before, after] = [stored ?? null, replayed ?? null]
  return Object.is(before, after) ? [] : [{ path, stored: before, replayed: after }]
}

function isNested(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')
