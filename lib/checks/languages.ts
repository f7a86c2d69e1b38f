/** Which checker reads a fenced block, by the language its author named. */

export type Language =
  | { readonly kind: 'script'; readonly typescript: boolean; readonly jsx: boolean }
  | { readonly kind: 'json' }
  | { readonly kind: 'yaml' }
  /** A language that no checker here reads, or none named. */
  | { readonly kind: 'other' }

const OTHER: Language = { kind: 'other' }
const JAVASCRIPT: Language = { kind: 'script', typescript: false, jsx: true }
const TYPESCRIPT: Language = { kind: 'script', typescript: true, jsx: false }
const YAML: Language = { kind: 'yaml' }
const TSX: Language = { kind: 'script', typescript: true, jsx: true }

const LANGUAGES: ReadonlyMap<string, Language> = new Map<string, Language>([
  ...['js', 'javascript', 'jsx', 'mjs', 'cjs', 'node'].map((name) => [name, JAVASCRIPT] as const),
  ...['ts', 'typescript', 'mts', 'cts'].map((name) => [name, TYPESCRIPT] as const),
  ['tsx', TSX],
  ...['json', 'jsonc', 'jsonl', 'ndjson'].map((name) => [name, { kind: 'json' }] as const),
  ...['yaml', 'yml'].map((name) => [name, YAML] as const),
])

export function languageOf(name: string): Language {
  return LANGUAGES.get(name) ?? OTHER
}
