/** All regular expressions of the code that reads text from outside. */
import { globSync, readFileSync } from 'node:fs'
import { SHAPES } from '#lib/secrets/shapes'
import { collectExpressions, type Expression } from './collect.ts'

const ROOT = new URL('../../', import.meta.url)
const CODE = '{lib,functions,worker,grpc,cli,sandbox}/**/*.{ts,mjs}'

/** As it is named in the lists of verdicts: `/source/flags`. */
export const nameOf = ({ source = '', flags }: Pick<Expression, 'source' | 'flags'>): string => `/${source}/${flags}`

export function allExpressions(): Expression[] {
  const files = globSync(CODE, { cwd: ROOT }).sort()
  const written = files.flatMap((file) => collectExpressions(file, readFileSync(new URL(file, ROOT), 'utf8')))
  // The table of credentials puts its expressions together from parts; what is made of them is judged, as line 0.
  const made = SHAPES.map(({ kind, regex: { source, flags } }) => {
    return { file: 'lib/secrets/shapes.ts', line: 0, text: kind, source, flags }
  })
  return [...written, ...made]
}
