import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findSecrets, maskLines, maskSecrets } from '#lib/secrets/secrets'

/** Made up here, so that no scanner takes this file for a leak. */
const filled = (length: number, alphabet = 'aB3dE5fG7hJ9kL1mN'): string =>
  alphabet.repeat(Math.ceil(length / alphabet.length)).slice(0, length)
const jwt = `eyJ${filled(30)}.eyJ${filled(60)}.${filled(43)}`
const pem = (kind: string) =>
  `-----BEGIN ${kind}PRIVATE KEY-----\nMII${filled(61)}\n${filled(40)}==\n-----END ${kind}PRIVATE KEY-----`

const TOKENS: readonly (readonly [string, string])[] = [
  ['github-token', `ghp_${filled(36)}`],
  ['github-token', `gho_${filled(36)}`],
  ['github-token', `ghu_${filled(36)}`],
  ['github-token', `ghs_${filled(36)}`],
  ['github-token', `ghr_${filled(76)}`],
  ['github-token', `github_pat_11${filled(20)}_${filled(59)}`],
  ['github-token', `ghs_123456_${jwt}`],
  ['coxswain-token', `cxw_0123456789abcdef_${filled(43)}`],
  ['gitlab-token', `glpat-${filled(20)}`],
  ['gitlab-token', `glpat-${filled(27)}.01.${filled(9)}`],
  ['npm-token', `npm_${filled(36)}`],
  ['pypi-token', `pypi-AgEIcHlwaS5vcmc${filled(80)}`],
  ['hugging-face-token', `hf_${filled(34)}`],
  ['google-key', `AIza${filled(35)}`],
  ['vendor-key', `sk-${filled(48)}`],
  ['vendor-key', `sk-ant-api03-${filled(93)}-AA`],
  ['vendor-key', `sk-proj-${filled(100)}`],
  ['stripe-key', `sk_live_${filled(24)}`],
  ['stripe-key', `rk_live_${filled(24)}`],
  ['slack-token', `xoxb-1234567890-1234567890-${filled(24)}`],
  ['slack-token', `xapp-1-A0B1C2D3E4F-1234567890123-${filled(64, 'abc0123')}`],
  ['aws-access-key', 'AKIAIOSFODNN7EXAMPLE'],
  ['aws-access-key', 'ASIAIOSFODNN7EXAMPLE'],
  ['json-web-token', jwt],
  ['private-key', pem('RSA ')],
  ['private-key', pem('OPENSSH ')],
  ['private-key', pem('').replaceAll('\n', '\\n')],
]

/** Credentials inside something that stays readable: the text, and what becomes of it. */
const WRITTEN: readonly (readonly [string, string])[] = [
  ['postgres://app:s3cr%40t@db.internal:5432/shop', 'postgres://app:***@db.internal:5432/shop'],
  ['mongodb+srv://root:p#ss@word@cluster0.example.net/x', 'mongodb+srv://root:***@cluster0.example.net/x'],
  ['redis://:hunter2@cache:6379/0', 'redis://:***@cache:6379/0'],
  [
    "fatal: unable to access 'https://bot:hunter2@github.com/acme/shop.git/'",
    "fatal: unable to access 'https://bot:***@github.com/acme/shop.git/'",
  ],
  [`https://${filled(40)}@github.com/acme/shop.git`, 'https://***@github.com/acme/shop.git'],
  [`aws_secret_access_key = ${filled(40)}`, `aws_secret_access_key = ***`],
  [`AWS_SECRET_ACCESS_KEY=${filled(40)}`, 'AWS_SECRET_ACCESS_KEY=***'],
  [`"SecretAccessKey": "${filled(40)}"`, '"SecretAccessKey": "***"'],
  [
    `AccountName=shop;AccountKey=${filled(86)}==;EndpointSuffix=core.windows.net`,
    'AccountName=shop;AccountKey=***;EndpointSuffix=core.windows.net',
  ],
  [
    `Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKey=${filled(43)}=`,
    'Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKey=***',
  ],
  [
    `https://shop.blob.core.windows.net/a?sv=2024-11-04&sig=${filled(40)}%3D&se=2030`,
    'https://shop.blob.core.windows.net/a?sv=2024-11-04&sig=***&se=2030',
  ],
  [`https://hooks.slack.com/services/T0000/B0000/${filled(24)}`, 'https://hooks.slack.com/services/***'],
  [`https://discord.com/api/webhooks/123456789012345678/${filled(68)}`, 'https://discord.com/api/webhooks/***'],
  [
    `https://acme.webhook.office.com/webhookb2/0a1b2c3d-0000@0a1b/IncomingWebhook/${filled(32)}`,
    'https://acme.webhook.office.com/webhookb2/***',
  ],
  [`Authorization: Bearer ${filled(30)}`, 'Authorization: Bearer ***'],
  ['"authorization": "Basic dXNlcjpwYXNz"', '"authorization": "Basic ***"'],
  ['curl -H "authorization: token abc"', 'curl -H "authorization: token ***"'],
  ['sent Basic dXNlcjpwYXNzd29yZA==', 'sent Basic ***'],
  ['DB_PASSWORD=correct-horse', 'DB_PASSWORD=***'],
  ['{"password": "correct"}', '{"password": "***"}'],
  ['api_key: 9f8e7d6c5b4a', 'api_key: ***'],
  [`{"private_key_id": "${filled(40, '0a1b2c3d')}"}`, '{"private_key_id": "***"}'],
]

const HARMLESS: readonly string[] = [
  'The token is missing: set GITHUB_TOKEN, then start the worker again.',
  'SyntaxError: Unexpected token: punctuation. The password must be at least 8 characters.',
  'Basic authentication is off; bearer authentication is on. Basic JavaScript is enough.',
  'commit 7ad8391f0c1c2b3a4d5e6f708192a3b4c5d6e7f8 on 123e4567-e89b-12d3-a456-426614174000',
  'sha512-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08fffffff==',
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'A risk-assessment-for-the-new-deployment and a sk-toolbar-container-left.',
  'see https://medium.com/@ada/post-1 or http://localhost:3000/?to=ada@example.org, ask git@github.com:acme/shop.git',
  'ssh://git@github.com/acme/shop.git and http://localhost:8080,ada@example.org',
  'postgres://app:\x24{DB_PASSWORD}@db/shop, https://x:$TOKEN@github.com, redis://:{{ password }}@cache',
  'Authorization: Bearer <token>, authorization: Bearer $TOKEN, password: \x24{{ secrets.DB }}',
  'const token = await tokens.read(); apiKey: process.env.API_KEY; secret: string; password = null',
  'It must begin with -----BEGIN PRIVATE KEY----- and be unencrypted.',
  'npm_config_registry, npm_lifecycle_event, pypi-publish-action, hf_transfer, xapp-thumbnailers, AIzawa',
  '"js-tokens": "^10.0.0", "@octokit/auth-token": "^6.0.0"',
]

describe('secrets in text', () => {
  it.each(TOKENS)('%s is found whole and masked: %s', (kind, token) => {
    const text = `before ${token}\nafter`
    expect(findSecrets(text)).toEqual([{ kind, index: 7, length: token.length }])
    expect(maskSecrets(text)).toBe('before ***\nafter')
  })

  it.each(TOKENS)('%s is found after a colour code, in quotes and behind an equals sign: %s', (_kind, token) => {
    expect(maskSecrets(`\u001b[31m${token}\u001b[0m`)).toBe('\u001b[31m***\u001b[0m')
    expect(maskSecrets(`a="${token}"`)).toBe('a="***"')
    expect(maskSecrets(`X=${token}`)).toBe('X=***')
  })

  it.each(WRITTEN)('%s keeps what is not secret', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked)
  })

  it.each(HARMLESS)('leaves alone: %s', (text) => {
    expect(maskSecrets(text)).toBe(text)
  })

  it('masks a private key whose end was cut off, or that a log prints line by line', () => {
    expect(maskSecrets(pem('RSA ').slice(0, 80))).toBe('***')
    expect(maskLines(['a', ...pem('').split('\n'), 'b'])).toEqual(['a', '***', '***', '***', '***', 'b'])
  })

  it('changes nothing when it masks again, and never the text around', () => {
    const parts = fc.array(
      fc.oneof(
        fc.constantFrom(...TOKENS.map(([, token]) => token), ...WRITTEN.map(([text]) => text), ...HARMLESS),
        fc.string(),
      ),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(parts, (texts) => {
        const masked = maskSecrets(texts.join('\n'))
        expect(maskSecrets(masked)).toBe(masked)
        for (const [, token] of TOKENS) expect(masked).not.toContain(token)
      }),
    )
  })

  it('takes time in proportion to the length, whatever it reads', () => {
    const seeds = [
      ...[...TOKENS, ...WRITTEN].flatMap(([a, b]) => [a, b, b.slice(0, 12), `${b.slice(0, 30)}!`]),
      ...[
        'a',
        'a-',
        'eyJ',
        'eyJaaaaaaaa.',
        '://a:',
        'https://',
        'token="',
        '-----BEGIN PRIVATE KEY-----!',
        '\u001b[0;0;0',
        ' ',
        '\n',
      ],
    ]
    const took = (text: string) => {
      const start = performance.now()
      findSecrets(text)
      return performance.now() - start
    }
    for (const seed of new Set(seeds)) {
      const text = (length: number) => seed.repeat(Math.ceil(length / seed.length)).slice(0, length)
      took(text(10_000))
      // A quadratic pattern needs seconds for this; the bound leaves room for a busy machine.
      expect(took(text(200_000)), seed).toBeLessThan(1_000)
    }
  })
})
