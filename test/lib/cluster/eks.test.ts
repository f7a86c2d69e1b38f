import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { minutes } from '#lib/clock'
import { createEksTokens } from '#lib/cluster/eks'
import { aClock } from '#test/helpers/clock'

const IDENTITY = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session/token+' }

function aTokenMaker() {
  const clock = aClock(Date.UTC(2026, 0, 5, 8, 0, 0))
  const credentials = async () => IDENTITY
  return { clock, token: createEksTokens({ cluster: 'prod', region: 'eu-west-1', clock, credentials }) }
}

const urlIn = (token: string): URL =>
  new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString('utf8'))

describe('a token for EKS', () => {
  it('is a presigned question to STS who we are, bound to the cluster', async () => {
    const { token } = aTokenMaker()

    const text = await token()

    expect(text).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/)
    const url = urlIn(text)
    expect(url.origin).toBe('https://sts.eu-west-1.amazonaws.com')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20260105/eu-west-1/sts/aws4_request',
      'X-Amz-Date': '20260105T080000Z',
      'X-Amz-Expires': '60',
      'X-Amz-Security-Token': IDENTITY.sessionToken,
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Signature': expect.any(String),
    })
  })

  it('carries the signature that AWS will compute', async () => {
    const url = urlIn(await aTokenMaker().token())

    expect(url.searchParams.get('X-Amz-Signature')).toBe(signatureOf(url, 'prod'))
    expect(url.searchParams.get('X-Amz-Signature')).not.toBe(signatureOf(url, 'another-cluster'))
  })

  it('is made anew before the cluster stops taking it', async () => {
    const { clock, token } = aTokenMaker()
    const first = await token()
    clock.advance(minutes(14) - 1)
    expect(await token()).toBe(first)

    clock.advance(1)

    expect(await token()).not.toBe(first)
  })
})

/** Signature version 4 by its definition, from the parts of the URL. */
function signatureOf(url: URL, cluster: string): string {
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const sha = (text: string) => createHash('sha256').update(text).digest('hex')
  const query = [...url.searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .sort()
    .join('&')
  const headers = `host:${url.host}\nx-k8s-aws-id:${cluster}\n`
  const request = ['GET', '/', query, headers, 'host;x-k8s-aws-id', sha('')].join('\n')
  const scope = '20260105/eu-west-1/sts/aws4_request'
  const toSign = ['AWS4-HMAC-SHA256', '20260105T080000Z', scope, sha(request)].join('\n')
  const key = scope
    .split('/')
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${IDENTITY.secretAccessKey}`)
  return hmac(key, toSign).toString('hex')
}
