/** A certificate of the stand-in's own, made once per data folder, so that clients speak TLS to it as to a cluster. */
import { generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { bits, boolean, explicit, implicit, integer, objectId, octets, sequence, set, utcTime, utf8 } from './der.ts'

export interface Identity {
  /** PEM. It vouches for itself, so it is its own authority. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
}

const ID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  alternativeNames: '2.5.29.17',
  basicConstraints: '2.5.29.19',
} as const
const DNS = 2
const IP = 7
/** No longer than what every client takes; a new one is made when it nears its end. */
const DAYS = 365
const DAY_MS = 86_400_000
const X509_V3 = integer(Buffer.from([2]))

/** The folder's identity for these names; a new one when there is none, or its time is nearly up. */
export function identityIn(folder: string, names: readonly string[], now: Date): Identity {
  mkdirSync(folder, { recursive: true })
  const certificatePath = join(folder, 'tls.crt')
  const keyPath = join(folder, 'tls.key')
  if (existsSync(certificatePath) && existsSync(keyPath)) {
    const standing = { certificate: readFileSync(certificatePath, 'utf8'), key: readFileSync(keyPath, 'utf8') }
    if (isGood(standing.certificate, names, now)) return standing
  }
  const fresh = createIdentity(names, now)
  writeFileSync(keyPath, fresh.key, { mode: 0o600 })
  writeFileSync(certificatePath, fresh.certificate)
  return fresh
}

function isGood(pem: string, names: readonly string[], now: Date): boolean {
  const certificate = new X509Certificate(pem)
  const lasts = Date.parse(certificate.validTo) > now.getTime() + DAY_MS
  return lasts && names.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)))
}

/** A self-signed certificate (RFC 5280) on a fresh P-256 key. */
export function createIdentity(names: readonly string[], now: Date): Identity {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = sequence(objectId(ID.ecdsaWithSha256))
  const name = sequence(set(sequence(objectId(ID.commonName), utf8('cluster stand-in'))))
  const body = sequence(
    explicit(0, X509_V3),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(utcTime(new Date(now.getTime() - DAY_MS)), utcTime(new Date(now.getTime() + DAYS * DAY_MS))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(extension(ID.basicConstraints, sequence(boolean(true))), alternativeNames(names))),
  )
  const whole = sequence(body, algorithm, bits(sign('sha256', body, privateKey)))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function alternativeNames(names: readonly string[]): Buffer {
  const values = names.map((name) =>
    isIP(name) === 4 ? implicit(IP, Buffer.from(name.split('.').map(Number))) : implicit(DNS, Buffer.from(name)),
  )
  return extension(ID.alternativeNames, sequence(...values))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), octets(value))
}
