/** Who is calling: reads the credential the ways GitHub takes it. */
import { createHash, timingSafeEqual } from 'node:crypto'

export type Credential = { readonly kind: 'none' } | { readonly kind: 'token'; readonly token: string }

/** `Bearer X` and `token X`, or Basic with the token as password, as git sends it. */
export function readCredential(header: string | undefined): Credential {
  const [, scheme = '', value = ''] = /^(\S+)\s+(\S.*)$/.exec(header ?? '') ?? []
  switch (scheme.toLowerCase()) {
    case 'bearer':
    case 'token':
      return { kind: 'token', token: value.trim() }
    case 'basic': {
      const pair = Buffer.from(value, 'base64').toString('utf8')
      return { kind: 'token', token: pair.slice(pair.indexOf(':') + 1) }
    }
    default:
      return { kind: 'none' }
  }
}

export type Verdict = 'known' | 'anonymous' | 'bad'

/** With no token set, whoever calls is known. */
export function judgeCredential(credential: Credential, token: string | undefined): Verdict {
  if (token === undefined) return 'known'
  if (credential.kind === 'none') return 'anonymous'
  return timingSafeEqual(digest(credential.token), digest(token)) ? 'known' : 'bad'
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
