import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMask } from '#worker/mask'
import { basicCredentials } from '#worker/secrets/needles'

describe('the mask', () => {
  it('hides a secret in every form it may take', () => {
    const secret = 'top/secret+value'
    const mask = createMask([secret])
    const forms = [secret, encodeURIComponent(secret), btoa(secret), btoa(basicCredentials(secret))]

    for (const form of forms) expect(mask(`a ${form} b`)).toBe('a *** b')
  })

  it.each([
    'ghp_abcdefghijklmnopqrstuvwxyz0123456789',
    'github_pat_11ABCDEFG0abcdefghijkl_mnop',
    `sk-ant-${'a1B2'.repeat(6)}`,
    'AKIAIOSFODNN7EXAMPLE',
  ])('hides %s, which nobody told it about', (credential) => {
    expect(createMask([])(`token=${credential}.`)).toBe('token=***.')
  })

  it('hides credentials in headers and URLs but leaves the rest readable', () => {
    const masked = createMask([])('Authorization: Basic abc123== to https://me:pw@host/x')

    expect(masked).toBe('Authorization: Basic *** to https://me:***@host/x')
  })

  it('leaves no known secret in any text', () => {
    const secret = fc.stringMatching(/^[!-~]{6,40}$/)
    fc.assert(
      fc.property(fc.array(secret, { maxLength: 4 }), fc.string(), fc.string(), (secrets, before, after) => {
        const masked = createMask(secrets)(`${before}${secrets.join(' ')}${after}`)
        // A secret made of asterisks alone is what the mask itself looks like.
        for (const each of secrets.filter((text) => !text.includes('*'))) expect(masked).not.toContain(each)
      }),
    )
  })
})
