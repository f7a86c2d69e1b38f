/** Pages of a list: where the next one starts, in a token that ages as a cluster's does. */
import * as z from 'zod'
import { type Clock, minutes } from '#lib/clock'
import { badRequest, refused } from '../http/status.ts'
import type { KubeObject } from './objects.ts'

export interface ListPage {
  readonly items: readonly KubeObject[]
  readonly continue: string | undefined
  readonly remaining: number | undefined
}

export interface PageRequest {
  /** 0 for all. */
  readonly limit: number
  /** Empty for the first page. */
  readonly next: string
  readonly revision: number
}

/** A cluster forgets old states after this time, and with them the lists that were read from them. */
const REMEMBERED = minutes(5)

const VERSION = 'meta.k8s.io/v1'
/** As a server writes it: where the next page starts; and when it was written, of which a server has its history. */
const token = z.object({ v: z.literal(VERSION), rv: z.number(), start: z.string(), at: z.number() })

const placeOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

/** The page after `next` of at most `limit`. Throws 410 when `next` is too old, 400 when it is none. */
export function pageOf(all: readonly KubeObject[], { limit, next, revision }: PageRequest, clock: Clock): ListPage {
  const after = next === '' ? '' : read(next, clock)
  const rest = all.filter((object) => placeOf(object) > after)
  if (limit <= 0 || rest.length <= limit) return { items: rest, continue: undefined, remaining: undefined }
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  const following = { v: VERSION, rv: revision, start: last === undefined ? '' : placeOf(last), at: clock.now() }
  return {
    items,
    continue: Buffer.from(JSON.stringify(following)).toString('base64url'),
    remaining: rest.length - limit,
  }
}

function read(next: string, clock: Clock): string {
  const { start, at } = parse(next)
  if (clock.now() - at < REMEMBERED) return start
  throw refused(410)
}

function parse(next: string): z.infer<typeof token> {
  const bytes = Buffer.from(next, 'base64url')
  try {
    return token.parse(JSON.parse(bytes.toString('utf8')))
  } catch {
    const [first = 0] = bytes
    const character =
      first < 0x20 || first > 0x7e ? `\\u${first.toString(16).padStart(4, '0')}` : String.fromCharCode(first)
    const why = `invalid character '${character}' looking for beginning of value`
    throw badRequest(`invalid continue token: continue key is not valid: ${why}`)
  }
}
