import { describe, expect, it } from 'vitest'
import { jsonIn } from '#lib/agents/json-text'
import { readJudgement } from '#lib/agents/reading'
import { dimensionsOf } from '#lib/agents/rubric'
import { codeBlocks } from '#lib/checks/fences'
import { declaredIn } from '#lib/queue/declared'
import { mayBeFolder } from '#lib/queue/globs'
import { maskSecrets } from '#lib/secrets/secrets'
import { numberIn } from '#sandbox/demo-fleet/look'
import { readCredential } from '#sandbox/github/http/auth'
import { createMask } from '#worker/mask'
import { sentencesOf } from '#worker/refusals'
import { underLeasedName } from '#worker/remote/renames'

/** Characters of each text; what took cubic time at a tenth of them took minutes. */
const SIZE = 200_000
/** Milliseconds of processor time; `npm run bench:parsers` holds the readers to 50, with nothing beside them. */
const MOST_MS = 250

const filled = (token: string, before = '', behind = ''): string =>
  before + token.repeat(Math.ceil(SIZE / token.length)) + behind

function costOf(read: () => unknown): number {
  const before = process.cpuUsage()
  read()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const mask = createMask(['correct horse battery staple'])

describe('200 KB of hostile text', () => {
  it.each<readonly [string, () => unknown]>([
    ['blanks in the place of a candidate', () => readJudgement(filled('\\t', '{"candidate":"', '"}'), [1, 2])],
    ['open brackets in an answer', () => jsonIn(filled('[', '{"a":'))],
    ['open quotes in an answer', () => jsonIn(filled('\\"', '{"a":"'))],
    ['blanks in a share of a rubric', () => dimensionsOf(filled(' ', 'clarity (0', '!'))],
    ['a fence of tildes that ends at a line separator', () => codeBlocks(filled('~', '', '\u2028'))],
    ['list items in list items', () => codeBlocks(filled('- ', '', '\0'))],
    ['line separators in the body of an issue', () => declaredIn(filled('\u2028', 'Files:'), 'acme/shop')],
    ['blanks in a list of the body of an issue', () => declaredIn(filled(' ', '## Files\n* [ ]\t', '*'), 'acme/shop')],
    ['comments that never close in the body of an issue', () => declaredIn(filled('<!--'), 'acme/shop')],
    ['patterns in the name of a file', () => mayBeFolder(filled('0.(', '', '\n'))],
    ['blanks in a header', () => readCredential(filled('\t', 'a', '\n'))],
    ['digits in an address', () => numberIn(filled('0', '', 'x'))],
    ['the address of a pull request', () => underLeasedName(filled('u'), 'acme/shop')],
    ["arrows in git's refusal", () => sentencesOf(filled(' -> o (', '! [rejected] '))],
    ['colons in basic credentials', () => maskSecrets(`basic ${Buffer.from(filled(': ')).toString('base64')}`)],
    ['keys that never end', () => maskSecrets(filled('-----BEGIN PRIVATE KEY-----'))],
    ['blanks between the letters of a secret', () => mask(filled('c o r r e c t '))],
  ])('takes linear time: %s', (...[, read]) => {
    expect(costOf(read)).toBeLessThan(MOST_MS)
  })
})
