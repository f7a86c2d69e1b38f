/** Lint: every fenced block whose language is known is parsed as its author says it is. */
import type * as Babel from '@babel/parser'
import type * as Yaml from 'yaml'
import type { CheckSuite } from '#lib/councils/model'
import { MOST_BLOCKS } from './bounds.ts'
import { type Document, isTemplate, type Reading, readJson, readYaml, template } from './documents.ts'
import type { CodeBlock } from './fences.ts'
import { languageOf } from './languages.ts'
import { scriptFaults } from './scripts.ts'
import { counted, type Finding, listed, told } from './wording.ts'

/** Parsers of the languages met; those of others were never loaded. */
export interface Parsers {
  readonly babel?: typeof Babel
  readonly yaml?: typeof Yaml
}

export interface Linted {
  readonly lint: CheckSuite['lint']
  /** The values in JSON and YAML blocks that could be read, for the dry run. */
  readonly documents: readonly Document[]
}

/** In scripts two braces are everyday; a template has tags, or a name alone between them. */
const SCRIPT_TEMPLATE = /\{%|<%|\{\{-? ?[\w.$]{1,60} ?-?\}\}/
const NOTHING: Reading = { documents: [], errors: [], warnings: [] }

/** The parsers that these blocks need. */
export async function parsersFor(blocks: readonly CodeBlock[]): Promise<Parsers> {
  const kinds = new Set(blocks.slice(0, MOST_BLOCKS).map(({ language }) => languageOf(language).kind))
  return {
    ...(kinds.has('script') && { babel: await import('@babel/parser') }),
    ...(kinds.has('yaml') && { yaml: await import('yaml') }),
  }
}

/** `errors` lists the errors, then warnings and notes, each named as such; only errors fail. */
export function lint(parsers: Parsers, blocks: readonly CodeBlock[]): Linted {
  const readings = blocks.slice(0, MOST_BLOCKS).map((block) => readBlock(parsers, block))
  const errors = readings.flatMap((reading) => reading.errors)
  const warnings = readings.flatMap((reading) => reading.warnings)
  return {
    documents: readings.flatMap(({ documents }) => documents),
    lint: {
      passed: errors.length === 0,
      error_count: errors.length,
      warning_count: warnings.length,
      errors: [
        ...listed(errors.map(told)),
        ...listed(warnings.map((warning) => `warning: ${told(warning)}`)),
        ...listed(readings.flatMap(({ notes = [] }) => notes).map((note) => `note: ${told(note)}`)),
        ...notes(blocks).map((note) => `note: ${note}`),
      ],
    },
  }
}

function readBlock(parsers: Parsers, block: CodeBlock): Reading {
  const reading = readCode(parsers, block)
  const label = (finding: Finding) => ({ ...finding, message: `${block.language}: ${finding.message}` })
  const open = block.closed ? [] : [{ line: block.line, message: 'the code block that begins here is not closed' }]
  return {
    documents: reading.documents,
    errors: [...open, ...reading.errors.map(label)],
    warnings: reading.warnings.map(label),
    notes: (reading.notes ?? []).map(label),
  }
}

function readCode({ babel, yaml }: Parsers, block: CodeBlock): Reading {
  const language = languageOf(block.language)
  if (language.kind === 'json') return readJson(block)
  if (language.kind === 'yaml' && yaml !== undefined) return readYaml(yaml, block)
  if (language.kind !== 'script' || babel === undefined) return NOTHING
  const errors = scriptFaults(babel, block, language)
  return errors.length > 0 && SCRIPT_TEMPLATE.test(block.code) && isTemplate(block.code)
    ? template(block)
    : { ...NOTHING, errors }
}

function notes(blocks: readonly CodeBlock[]): readonly string[] {
  if (blocks.length === 0) return ['nothing to lint: the proposal has no fenced code block']
  const others = blocks.slice(0, MOST_BLOCKS).filter(({ language }) => languageOf(language).kind === 'other')
  const names = [...new Set(others.map(({ language }) => language || 'no language named'))].sort()
  return [
    ...(others.length > 0
      ? [`not linted: ${counted(others.length, 'block')} of other languages (${listed(names, 5).join(', ')})`]
      : []),
    ...(blocks.length > MOST_BLOCKS ? [`only the first ${MOST_BLOCKS} of ${blocks.length} blocks are checked`] : []),
  ]
}
