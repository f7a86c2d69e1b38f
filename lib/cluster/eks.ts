/**
 * Tokens for an EKS cluster from the caller's AWS identity: a presigned STS GetCallerIdentity, which the cluster's
 * authenticator performs to learn who calls. Nothing is sent to AWS from here, and no permission is needed but an access
 * entry of the cluster.
 */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import type { AwsCredentialIdentity, Checksum, ChecksumConstructor, Provider } from '@smithy/types'
import { type Clock, type Instant, minutes } from '#lib/clock'

export interface EksOptions {
  readonly cluster: string
  readonly region: string
  readonly clock: Clock
  /** Where the identity comes from; the environment's by default, as for every other call to AWS. */
  readonly credentials?: Provider<AwsCredentialIdentity>
}

const PREFIX = 'k8s-aws-v1.'
const STS_VERSION = '2011-06-15'
const CLUSTER_HEADER = 'x-k8s-aws-id'
/** What the authenticator asks the signature to be good for, in seconds; it takes the token for 15 minutes all the same. */
const SIGNATURE_SECONDS = 60
/** A minute less than the authenticator allows. */
const LIFETIME = minutes(14)

/** A function that answers a token good for at least a moment; it signs anew when the last one has aged. */
export function createEksTokens(options: EksOptions): () => Promise<string> {
  const { clock } = options
  let last: { readonly token: string; readonly until: Instant } | undefined
  return async () => {
    const now = clock.now()
    if (last === undefined || now >= last.until) last = { token: await sign(options, now), until: now + LIFETIME }
    return last.token
  }
}

async function sign({ cluster, region, credentials }: EksOptions, now: Instant): Promise<string> {
  const { SignatureV4 } = await import('@smithy/signature-v4')
  const signer = new SignatureV4({
    service: 'sts',
    region,
    credentials: credentials ?? (await identityOfTheEnvironment()),
    sha256: Sha256,
  })
  const hostname = `sts.${region}.amazonaws.com`
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    query: { Action: 'GetCallerIdentity', Version: STS_VERSION },
    headers: { host: hostname, [CLUSTER_HEADER]: cluster },
  }
  const signed = await signer.presign(request, { expiresIn: SIGNATURE_SECONDS, signingDate: new Date(now) })
  const query = Object.entries(signed.query ?? {}).map(
    ([name, value]) => `${name}=${encodeURIComponent(String(value))}`,
  )
  const url = `https://${hostname}/?${query.join('&')}`
  return `${PREFIX}${Buffer.from(url).toString('base64url')}`
}

async function identityOfTheEnvironment(): Promise<Provider<AwsCredentialIdentity>> {
  const { defaultProvider } = await import('@aws-sdk/credential-provider-node')
  return defaultProvider()
}

type Bytes = Parameters<Checksum['update']>[0]
type Secret = ConstructorParameters<ChecksumConstructor>[0]

/** SHA-256, or its HMAC when there is a secret, in the shape that the signer asks for. */
class Sha256 {
  readonly #secret: Secret
  #hash: Hash | Hmac = createHash('sha256')

  constructor(secret?: Secret) {
    this.#secret = secret
    this.reset()
  }

  update(chunk: Bytes): void {
    this.#hash.update(bytesOf(chunk))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {
    const secret = this.#secret
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }
}

function bytesOf(data: NonNullable<Secret> | Bytes): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
}
