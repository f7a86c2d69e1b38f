/** The values in JSON and YAML blocks, each with its line, and what is wrong with those that cannot be read. */
import type * as Yaml from 'yaml'
import { DEEPEST } from './bounds.ts'
import type { CodeBlock } from './fences.ts'
import { isCommentedFile, type JsonLine, jsonLines, withoutCaption, withoutComments } from './json-dialects.ts'
import { jsonFault } from './json-fault.ts'
import type { Finding } from './wording.ts'

/** One document of a block; a JSON block has one, a YAML block any number. */
export interface Document {
  /** In the proposal, counted from 1. */
  readonly line: number
  readonly value: unknown
  /** The comment before it. */
  readonly comment?: string
}

export interface Reading {
  readonly documents: readonly Document[]
  readonly errors: readonly Finding[]
  readonly warnings: readonly Finding[]
  /** What was not judged, or only in part. */
  readonly notes?: readonly Finding[]
}

/** Placeholders of Helm, Jinja, Go and ERB templates; `${{ … }}` of workflows is plain text to YAML. */
const TEMPLATE = /(?<!\$)\{\{|\{%|<%/
const TOO_DEEP = `nested deeper than ${DEEPEST} levels`
/** Aliases multiply: a few hundred bytes of them can stand for gigabytes. */
const MOST_ALIASES = 100

/** JSON; also with comments or one value per line, where its language or its members say so. */
export function readJson(block: CodeBlock): Reading {
  const code = block.code.replace(/^\uFEFF/, '')
  const fault = jsonFault(code)
  if (fault === undefined) return jsonValue(block, code)
  if (isTemplate(code)) return template(block)
  const values = jsonLines(code)
  if (values !== undefined) return linesOf(block, values)
  const bare = isCommented(block, code) ? withoutComments(code) : withoutCaption(code)
  if (jsonFault(bare) === undefined) return { ...jsonValue(block, bare), notes: [note(block, 'JSON with comments')] }
  const lines = code.slice(0, fault.offset).split('\n')
  return wrong(block.line + lines.length, `${fault.message} (column ${(lines.at(-1) ?? '').length + 1})`)
}

function isCommented({ language }: CodeBlock, code: string): boolean {
  return language === 'jsonc' || isCommentedFile(code)
}

function jsonValue(block: CodeBlock, code: string): Reading {
  const value: unknown = JSON.parse(code)
  return isDeep(value) ? wrong(block.line, TOO_DEEP) : { documents: [{ line: block.line + 1, value }], ...FINE }
}

function linesOf(block: CodeBlock, values: readonly JsonLine[]): Reading {
  if (values.some(({ value }) => isDeep(value))) return wrong(block.line, TOO_DEEP)
  const documents = values.map(({ index, value }) => ({ line: block.line + 1 + index, value }))
  return { documents, ...FINE, notes: [note(block, 'newline-delimited JSON')] }
}

export function isTemplate(code: string): boolean {
  return TEMPLATE.test(code)
}

/** What is filled in later is neither read nor validated. */
export function template(block: CodeBlock): Reading {
  return { documents: [], ...FINE, notes: [note(block, 'template, not linted')] }
}

function note({ line }: CodeBlock, message: string): Finding {
  return { line, message }
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
  const parsed = yaml.parseAllDocuments(block.code.replace(/^\uFEFF/, ''), {
    prettyErrors: false,
    uniqueKeys: false,
    lineCounter,
  })
  const list = Array.isArray(parsed) ? parsed : []
  const isOdd = (document: Yaml.Document.Parsed) => document.errors.length > 0 || hasPlaceholder(yaml, document)
  if (isTemplate(block.code) && list.some(isOdd)) return template(block)
  const readings = list.map((document) => readDocument(yaml, document, lineOf))
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
    if (isDeep(value)) return wrong(line, TOO_DEEP)
    return { documents: [{ line, value, comment: commentOf(yaml, document) }], errors, warnings }
  } catch (error) {
    return wrong(line, error instanceof Error ? error.message : 'cannot be read')
  }
}

/** What is said before the first key. */
function commentOf(yaml: typeof Yaml, { commentBefore, contents }: Yaml.Document.Parsed): string {
  const first: unknown = yaml.isMap(contents) ? contents.items[0]?.key : undefined
  const own = yaml.isScalar(first) ? first.commentBefore : undefined
  return [commentBefore, contents?.commentBefore, own].filter((comment) => typeof comment === 'string').join(' ')
}

/** `{{ name }}` without quotes is a map whose key is a map: valid YAML that nobody means. */
function hasPlaceholder(yaml: typeof Yaml, document: Yaml.Document.Parsed): boolean {
  let found = false
  yaml.visit(document, {
    Map(_, { items }) {
      found ||= items.some(({ key }) => yaml.isMap(key))
      return found ? yaml.visit.BREAK : undefined
    },
  })
  return found
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
