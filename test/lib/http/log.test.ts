import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLog } from '#lib/http/log'
import { redactText } from '#lib/http/redact'

afterEach(() => {
  vi.restoreAllMocks()
})

/** What reaches the console. */
function printed(write: (log: ReturnType<typeof createLog>) => void, level: 'INFO' | 'ERROR' = 'INFO'): string {
  const lines: string[] = []
  for (const method of ['debug', 'info', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(line))
  }
  write(createLog(level))
  return lines.join('\n')
}

const SECRETS = [
  'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
  'github_pat_11ABCDEFG0abcdefghijkl_mnop',
  'sk-ant-api03-abc-DEF_123',
  'sk-proj-abcdefgh12345678',
  'cxw_0123456789abcdef_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I',
  'Bearer eyJhbGciOi.J9.abc-_/+=',
  'bearer abc',
  'Basic dXNlcjpwYXNz',
  'xoxb-123-456-abc',
  'AKIAIOSFODNN7EXAMPLE',
]

describe('a log line', () => {
  it('hides a secret that its longest length would cut in two', () => {
    expect(redactText(`${'x '.repeat(1_990)}ghp_${'S'.repeat(36)}`)).not.toContain('SSS')
  })

  it('has its message and facts, and the story of an error with its cause', () => {
    const error = new Error('outer', { cause: new Error('inner') })
    const line = JSON.parse(printed((log) => log.error('request', { route: 'GET /x', status: 500, error })))

    expect(line).toMatchObject({ level: 'ERROR', message: 'request', route: 'GET /x', status: 500 })
    expect(line.error).toMatchObject({ message: 'outer', cause: { message: 'inner' } })
    expect(JSON.stringify(line.error.stack)).toContain('log.test.ts')
  })

  it('is left out below the level', () => {
    expect(printed((log) => log.info('request'), 'ERROR')).toBe('')
  })

  it.each(SECRETS)('never shows %s, wherever it hides', (secret) => {
    const error = new Error(`refused ${secret}`, { cause: new Error(`by ${secret},`) })
    const facts = { error, url: `https://x/?a=${secret}`, list: [{ deep: `a ${secret} b` }], note: secret }
    const proof = secret.split(/[ _]/).at(-1) ?? secret
    expect(printed((log) => log.error(`said ${secret}`, facts))).not.toContain(proof)
  })

  it('never shows what stands under a secret name, and shows what merely resembles one', () => {
    const hidden = {
      authorization: 'plain',
      'x-hub-signature-256': 'plain',
      password: 'plain',
      apiKey: 'plain',
      cookie: 'plain',
    }
    const line = printed((log) =>
      log.info('x', { headers: { ...hidden, GITHUB_TOKEN: 'plain' }, token_id: 'id-7', input_tokens: 12 }),
    )
    expect(line).not.toContain('plain')
    expect(JSON.parse(line)).toMatchObject({ token_id: 'id-7', input_tokens: 12 })
  })

  it('cuts the password out of addresses', () => {
    expect(redactText('connect redis://user:pass@host:6379/0')).toBe('connect redis://user:***@host:6379/0')
  })

  it('stays one line, bounded and quick, whatever it is told', () => {
    const pieces = fc.constantFrom(
      'Bearer ',
      'ghp_',
      '//',
      '@',
      '-----BEGIN ',
      'PRIVATE KEY-----',
      'a'.repeat(5_000),
      '\n',
      '\u2028',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
        expect(redactText(parts.join('')).length).toBeLessThan(5_000)
      }),
    )
  })
})
