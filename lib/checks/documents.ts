/** The values in JSON and YAML blocks, each with its line, and what is wrong with those that cannot be read. */
import type * as Yaml from 'yaml'
import { DEEPEST } from './bounds.ts'
import type { CodeBlock } from './fences.ts'
import { jsonFault } from './json-fault.ts'
import type { Finding } from './wording.ts'

/** One document of a block; a JSON block has one, a YAML block any number. */
export interface Document {
  /** In the proposal, counted from 1. */
  readonly line: number
  readonly value: unknown
}

export interface Reading {
  readonly documents: readonly Document[]
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
}

const TOO_DEEP = `nested deeper than ${DEEPEST} levels`
/** Aliases multiply: a few hundred bytes of them can stand for gigabytes. */
const MOST_ALIASES = 100

export function readJson(block: CodeBlock): Reading {
  const fault = jsonFault(block.code)
  if (fault !== undefined) {
    const lines = block.code.slice(0, fault.offset).split('\n')
    return wrong(block.line + lines.length, `${fault.message} (column ${(lines.at(-1) ?? '').length + 1})`)
  }
  const value: unknown = JSON.parse(block.code)
  return isDeep(value) ? wrong(block.line, TOO_DEEP) : { documents: [{ line: block.line + 1, value }], ...FINE }
}

const FINE = { errors: [], warnings: [] } as const

function wrong(line: number, message: string): Reading {
  return { documents: [], errors: [{ line, message }], warnings: [] }
}

/** Every document of the block; those with errors have no value. */
export function readYaml(yaml: typeof Yaml, block: CodeBlock): Reading {
  const lineCounter = new yaml.LineCounter()
  const lineOf = (offset: number) => block.line + lineCounter.linePos(offset).line
  // Unique keys are looked for below: the parser's own search is quadratic.
  const parsed = yaml.parseAllDocuments(block.code, { prettyErrors: false, uniqueKeys: false, lineCounter })
  const readings = (Array.isArray(parsed) ? parsed : []).map((document) => readDocument(yaml, document, lineOf))
  return {
    documents: readings.flatMap(({ documents }) => documents),
    errors: readings.flatMap(({ errors }) => errors),
    warnings: readings.flatMap(({ warnings }) => warnings),
  }
}

type LineOf = (offset: number) => number

function readDocument(yaml: typeof Yaml, document: Yaml.Document.Parsed, lineOf: LineOf): Reading {
  const found = (list: readonly Yaml.YAMLError[]) => list.map(({ pos, message }) => ({ line: lineOf(pos[0]), message }))
  const errors = [...found(document.errors), ...repeatedKeys(yaml, document, lineOf)]
  const warnings = found(document.warnings)
  const line = lineOf(document.contents?.range[0] ?? document.range[0])
  if (errors.length > 0) return { documents: [], errors, warnings }
  try {
    const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES })
    return isDeep(value) ? wrong(line, TOO_DEEP) : { documents: [{ line, value }], errors, warnings }
  } catch (error) {
    return wrong(line, error instanceof Error ? error.message : 'cannot be read')
  }
}

function repeatedKeys(yaml: typeof Yaml, document: Yaml.Document.Parsed, lineOf: LineOf): readonly Finding[] {
  const findings: Finding[] = []
  yaml.visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        if (!yaml.isScalar(key) || key.value === '<<') continue
        if (seen.has(key.value)) {
          findings.push({ line: lineOf(key.range?.[0] ?? 0), message: `the key ${String(key.value)} is repeated` })
        }
        seen.add(key.value)
      }
    },
  })
  return findings
}

/** Whether `value` nests deeper than validators are handed. Counts without recursing. */
function isDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return false
}
