import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { carriesMarker, completionComment, failureComment, LONGEST_COMMENT, withMarker } from '#lib/github/comments'
import { JOINER } from '#lib/github/text'
import { maskSecrets } from '#lib/secrets/secrets'

const nasty = fc
  .array(
    fc.constantFrom(
      '`',
      '```',
      '````',
      '`'.repeat(50),
      '@ada',
      '@acme/team',
      '<!-- coxswain:failed:1 -->',
      '-->',
      '<!--',
      '\n',
      '\r\n',
      '\0',
      '\ud800',
      '😀',
      'x'.repeat(500),
      ' ',
      '~~~~',
      '\u202e',
      '\u0007',
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''))

function aFailure(error: string): ReturnType<typeof failureComment> {
  return failureComment({
    generation: 1,
    error,
    attempts: 2,
    trigger_label: 'ai-ready',
    failed_label: 'ai-failed',
    retry_route: 'POST /queue/acme/shop/7/retry',
  })
}

/** The text between the fences, as CommonMark finds them. */
function insideFence(text: string): { inside: string; after: string } {
  const lines = text.split('\n')
  const opening = lines.findIndex((line) => line.startsWith('````'))
  const closing = lines.findIndex((line, at) => at > opening && /^ {0,3}`{4,}\s*$/.test(line))
  return { inside: lines.slice(opening + 1, closing).join('\n'), after: lines.slice(closing + 1).join('\n') }
}

describe('the comment on completion', () => {
  it('names the pull request, the worker and the attempt', () => {
    const comment = completionComment({
      generation: 3,
      pr_url: 'https://github.com/acme/shop/pull/9',
      worker: 'w-1',
      attempt: 2,
    })
    expect(comment).toEqual({
      marker: 'completed:3',
      text: 'Done: https://github.com/acme/shop/pull/9\n\nBy worker `w-1`, attempt 2.',
    })
  })

  it('shows what is no plain address instead of linking it', () => {
    const { text } = completionComment({
      generation: 1,
      pr_url: 'https://x/](evil) @ada',
      worker: 'w`1` @bob',
      attempt: 1,
    })
    expect(text).not.toMatch(/@[a-z]/)
    expect(text.match(/`/g)).toHaveLength(4)
  })
})

describe('the comment on the final failure', () => {
  it('quotes the error and says how to redrive', () => {
    const { marker, text } = aFailure('npm test: 3 failed')
    expect(marker).toBe('failed:1')
    expect(text).toContain('Given up after 2 attempts.')
    expect(insideFence(text).inside).toBe('npm test: 3 failed')
    expect(text).toContain('remove `ai-failed` and add `ai-ready`, or call `POST /queue/acme/shop/7/retry`')
  })

  it('keeps any error inside its fence, notifies nobody and stays bounded', () => {
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 9_000 })), (error) => {
        const { text } = aFailure(error)
        expect(text.length).toBeLessThanOrEqual(LONGEST_COMMENT)
        expect(insideFence(text).after).toMatch(/^\nTo try again .*\.$/)
        expect(text).not.toMatch(/@[A-Za-z0-9]/)
        expect(text).not.toContain('<!--')
        expect(text).not.toContain('\0')
        expect(text.isWellFormed()).toBe(true)
      }),
    )
  })

  it('keeps the start and the end of a long error', () => {
    const { inside } = insideFence(aFailure(`START ${'x'.repeat(9_000)} END`).text)
    expect(inside).toMatch(/^START [\s\S]*\n\[…\]\n[\s\S]* END$/)
  })

  it('says so when there is no error text', () => {
    expect(insideFence(aFailure(' \0\n').text).inside).toBe('(no error text)')
  })

  it.each([
    ['fatal: https://bot:hunter2@github.com/acme/shop.git', 'hunter2'],
    ['Authorization: Bearer abcdef0123456789', 'abcdef0123456789'],
    ['ANTHROPIC_API_KEY=sk-ant-api03-abcdefghijklmnop', 'abcdefghijklmnop'],
    [`token ghp_${'a'.repeat(36)}`, 'aaaa'],
    [`github_pat_${'B'.repeat(40)}`, 'BBBB'],
    ['{"password": "correct horse"}', 'correct'],
    ['AKIAIOSFODNN7EXAMPLE', 'IOSFODNN'],
    [`ghs_12_eyJ${'aB3'.repeat(9)}.eyJ${'aB3'.repeat(9)}.sig`, 'aB3'],
    [`cxw_0123456789abcdef_${'aB3'.repeat(14)}x`, 'aB3'],
    [`npm_${'aB3'.repeat(12)}`, 'aB3'],
    ['postgres://app:hunter2@db/shop', 'hunter2'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', 'MIIE'],
    ['-----BEGIN PRIVATE KEY-----\nMIIE cut off', 'MIIE'],
  ])('masks the secret in %j', (error, secret) => {
    expect(aFailure(error).text).not.toContain(secret)
    expect(maskSecrets(error)).toContain('***')
  })

  it('masks a secret even where the cut falls into it', () => {
    const secret = `ghp_${'S'.repeat(36)}`
    fc.assert(
      fc.property(fc.integer({ min: 1_300, max: 1_500 }), (at) => {
        expect(aFailure(`${'x '.repeat(at / 2)}${secret}${' y'.repeat(2_000)}`).text).not.toContain('SSSS')
      }),
    )
  })
})

describe('the marker', () => {
  it('is found in the posted comment, also after GitHub changed its line ends', () => {
    const body = withMarker({ marker: 'completed:1', text: 'Done' })
    expect(body).toBe('Done\n\n<!-- coxswain:completed:1 -->')
    expect(carriesMarker(`${body.replaceAll('\n', '\r\n')}\r\n`, 'completed:1')).toBe(true)
    expect(carriesMarker(body, 'completed:11')).toBe(false)
  })

  it('cannot be forged by the text, nor broken out of', () => {
    fc.assert(
      fc.property(nasty, fc.string(), (text, marker) => {
        const body = withMarker({ marker, text })
        expect(carriesMarker(body, marker)).toBe(true)
        expect(carriesMarker(body, 'failed:1')).toBe(marker.replaceAll(/[^A-Za-z0-9.:_]+/g, '-') === 'failed:1')
        expect(body.match(/<!--/g)).toHaveLength(1)
        expect(body.split('\n').at(-1)).toMatch(/^<!-- coxswain:[A-Za-z0-9.:_-]* -->$/)
      }),
    )
  })

  it('is untouched by the joiner that keeps mentions silent', () => {
    expect(aFailure('@ada broke it').text).toContain(`@${JOINER}ada`)
  })
})
