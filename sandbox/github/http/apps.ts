/** A GitHub App as the stand-in knows it: its public key judges its JSON Web Tokens, its installations get tokens of an hour. */
import { createPublicKey, verify } from 'node:crypto'
import * as z from 'zod'
import { type Clock, hours, type Instant, minutes, seconds } from '#lib/clock'
import { systemIds } from '#lib/ids'

export interface AppSeed {
  readonly id: string
  /** PEM of the public key. */
  readonly publicKey: string
  /** The account by installation id. */
  readonly installations: Readonly<Record<number, string>>
}

export interface Installation {
  readonly id: number
  readonly account: string
}

export interface Granted {
  readonly token: string
  readonly expires_at: Instant
}

export interface Apps {
  /** Why a JSON Web Token is refused, in GitHub's words; undefined when it is the App's own. */
  complaintAbout(jwt: string): string | undefined
  installation(id: number): Installation | undefined
  installationOn(account: string): Installation | undefined
  grant(installation: Installation): Granted
  /** Whose token this is, while it lives. */
  holderOf(token: string): Installation | undefined
}

const UNREADABLE = 'A JSON web token could not be decoded'
/** GitHub takes no token that lives longer. */
const LONGEST_LIFE = minutes(10)
/** Clocks may differ by this much. */
const SKEW = seconds(60)

const claims = z.object({ iss: z.union([z.string(), z.number().transform(String)]), iat: z.number(), exp: z.number() })
const header = z.object({ alg: z.literal('RS256') })

export function createApps(seed: AppSeed | undefined, clock: Clock): Apps {
  const granted = new Map<string, Granted & { readonly installation: Installation }>()
  const installations = Object.entries(seed?.installations ?? {}).map(([id, account]) => ({ id: Number(id), account }))

  return {
    complaintAbout: (jwt) => (seed === undefined ? UNREADABLE : judge(jwt, seed, clock.now())),
    installation: (id) => installations.find((one) => one.id === id),
    installationOn: (account) => installations.find((one) => one.account.toLowerCase() === account.toLowerCase()),
    grant(installation) {
      const token = `ghs_${systemIds.secret(27)}`
      const expires_at = clock.now() + hours(1)
      granted.set(token, { token, expires_at, installation })
      return { token, expires_at }
    },
    holderOf(token) {
      const grant = granted.get(token)
      return grant !== undefined && clock.now() < grant.expires_at ? grant.installation : undefined
    },
  }
}

function judge(jwt: string, seed: AppSeed, now: Instant): string | undefined {
  const [head = '', payload = '', signature = '', ...rest] = jwt.split('.')
  const known = header.safeParse(parse(head))
  const read = claims.safeParse(parse(payload))
  if (rest.length > 0 || !known.success || !read.success) return UNREADABLE
  const signed = Buffer.from(`${head}.${payload}`)
  const isOurs = verify('RSA-SHA256', signed, createPublicKey(seed.publicKey), Buffer.from(signature, 'base64url'))
  if (!isOurs || read.data.iss !== seed.id) return UNREADABLE
  const [iat, exp] = [seconds(read.data.iat), seconds(read.data.exp)]
  if (exp <= now) return "'Expiration time' claim ('exp') must be a numeric value representing the future time"
  if (iat > now + SKEW)
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
  return exp - iat > LONGEST_LIFE + SKEW ? "'Expiration time' claim ('exp') is too far in the future" : undefined
}

function parse(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
