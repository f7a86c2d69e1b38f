/** Values of a manifest that a program fills in before the API server sees it: Helm, Jinja, Go, ERB, envsubst. */
import { isObject } from './objects.ts'

/** `{{ name }}`, `{% if %}`, `<%= name %>`, `${NAME}` and `$NAME`. */
const PLACEHOLDER = /\{\{|\{%|<%|\$\{[A-Z_]|\$[A-Z_]/i

/** `faults` without those that speak of a value, or quote a key, that is still to be filled in. */
export function withoutPlaceholders(manifest: unknown, faults: readonly string[]): readonly string[] {
  if (faults.length === 0) return faults
  const paths = [...placeholdersIn(manifest, '')]
  return faults.filter((fault) => !(paths.some((path) => fault.startsWith(`${path}: `)) || quotesOne(fault)))
}

const quotesOne = (fault: string): boolean => /the key "/.test(fault) && PLACEHOLDER.test(fault)

/** Paths as faults name them, e.g. `spec.ports[0].targetPort`. */
function* placeholdersIn(value: unknown, path: string): Generator<string> {
  if (typeof value === 'string' && PLACEHOLDER.test(value)) yield path
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* placeholdersIn(item, `${path}[${index}]`)
  } else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) yield* placeholdersIn(inner, path === '' ? key : `${path}.${key}`)
  }
}
