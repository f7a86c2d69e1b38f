/** The only source of randomness: ids and chance, injected everywhere else. */
import { randomBytes, randomUUID } from 'node:crypto'

export interface Ids {
  /** A fresh UUID v4. */
  uuid(): string
  /** `bytes` random bytes as base64url: a secret, 32 bytes by default. */
  secret(bytes?: number): string
}

export const systemIds: Ids = {
  uuid: () => randomUUID(),
  secret: (bytes = 32) => randomBytes(bytes).toString('base64url'),
}

/** A number in [0, 1). */
export type Chance = () => number

export const systemChance: Chance = () => Math.random()
