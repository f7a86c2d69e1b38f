/** Looking into values that somebody else wrote. */

export type Json = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is at the dotted path; undefined when nothing is. Own properties only. */
export function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((inner: unknown, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), value)
}
