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

/** A cluster forgets old states after this time, and with them the lists that were read from them. */
const REMEMBERED = minutes(5)

const token = z.object({ after: z.string(), at: z.number() })

const placeOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`

/** The page after `next` of at most `limit`; 0 for all. Throws 410 when `next` is too old. */
export function pageOf(all: readonly KubeObject[], limit: number, next: string, clock: Clock): ListPage {
  const after = next === '' ? '' : read(next, clock)
  const rest = all.filter((object) => placeOf(object) > after)
  if (limit <= 0 || rest.length <= limit) return { items: rest, continue: undefined, remaining: undefined }
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  const following = { after: last === undefined ? '' : placeOf(last), at: clock.now() }
  return {
    items,
    continue: Buffer.from(JSON.stringify(following)).toString('base64url'),
    remaining: rest.length - limit,
  }
}

function read(next: string, clock: Clock): string {
  const { after, at } = parse(next)
  if (clock.now() - at < REMEMBERED) return after
  throw refused(410)
}

function parse(next: string): z.infer<typeof token> {
  try {
    return token.parse(JSON.parse(Buffer.from(next, 'base64url').toString('utf8')))
  } catch {
    throw badRequest('continue key is not valid')
  }
}
