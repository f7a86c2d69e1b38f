/** Syntax of TypeScript and JavaScript blocks, by Babel's parser. */
import type * as Babel from '@babel/parser'
import type { CodeBlock } from './fences.ts'
import type { Language } from './languages.ts'
import type { Finding } from './wording.ts'

type Script = Extract<Language, { kind: 'script' }>

/** Errors of one block that are told; one slip may cause hundreds. */
const MOST_ERRORS = 50

/** What keeps the block from being read, in its order. A block is an excerpt: `return` and `await` may stand alone. */
export function scriptFaults(babel: typeof Babel, block: CodeBlock, language: Script): readonly Finding[] {
  try {
    const { errors } = babel.parse(block.code.replace(/^\uFEFF/, ''), optionsFor(language))
    return (errors ?? []).slice(0, MOST_ERRORS).map((error) => findingOf(block, error))
  } catch (error) {
    if (error instanceof RangeError) return [{ line: block.line, message: 'nested too deeply to be parsed' }]
    return [findingOf(block, error)]
  }
}

function optionsFor({ typescript, jsx }: Script): Babel.ParserOptions {
  return {
    sourceType: 'unambiguous',
    errorRecovery: true,
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
    allowNewTargetOutsideFunction: true,
    allowSuperOutsideMethod: true,
    allowUndeclaredExports: true,
    plugins: [
      ...(typescript ? (['typescript', 'decorators-legacy'] as const) : (['decorators'] as const)),
      'decoratorAutoAccessors',
      ...(jsx ? (['jsx'] as const) : []),
    ],
  }
}

function findingOf(block: CodeBlock, error: unknown): Finding {
  const message = error instanceof Error ? error.message : 'cannot be parsed'
  // Babel ends its message with the place in the block; the line of the proposal is told instead.
  return { line: block.line + lineOf(error), message: message.replace(/ \(\d+:\d+\)$/, '') }
}

function lineOf(error: unknown): number {
  const loc = typeof error === 'object' && error !== null && 'loc' in error ? error.loc : undefined
  const line = typeof loc === 'object' && loc !== null && 'line' in loc ? loc.line : undefined
  return typeof line === 'number' ? line : 0
}
