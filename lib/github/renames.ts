/**
 * Follows renamed repositories, for reads and writes alike: found once, remembered, asked at the new place from then on.
 *
 * The redirect itself is never followed: its address is read, and the new name is looked up at our own API address, so
 * that the token goes nowhere else. A redirect to another host is no renaming.
 */
import { type Clock, hours, type Instant, systemClock } from '#lib/clock'
import type { Answer, Ask, GitHubClient } from '#lib/github/client'
import { refusal } from '#lib/github/errors'
import { lookUpMove } from '#lib/github/moved'
import { type OwnerAndRepo, splitRepository } from '#lib/github/urls'

export interface RenamePorts {
  /** Root of the REST API. */
  readonly apiUrl: string
  readonly clock?: Clock
}

export interface RenamingClient extends GitHubClient {
  /** The name of today of a repository that was renamed, lower-cased; undefined while it was found under its own. */
  renamedTo(repository: string): string | undefined
}

const REPOSITORY = 'GET /repos/{owner}/{repo}'
const PERMANENT = [301, 308]
const MOVED = [...PERMANENT, 307]
/** A repository that was renamed again and again within one call. */
const MAX_HOPS = 3
/** The old name may be given to another repository; GitHub ceases to redirect then. */
const REMEMBERED_MS = hours(1)

export function followRenames(client: GitHubClient, { apiUrl, clock = systemClock }: RenamePorts): RenamingClient {
  const known = new Map<string, { readonly to: string; readonly at: Instant }>()

  function current(name: string): string {
    const found = known.get(name.toLowerCase())
    return found !== undefined && clock.now() - found.at < REMEMBERED_MS ? found.to : name
  }

  /** Where the repository lives now; undefined when it lives where it was asked for, so that only the thing in it moved. */
  async function newPlaceOf(route: string, place: OwnerAndRepo, answer: Answer) {
    const told = route === REPOSITORY ? answer : await client.request(REPOSITORY, { params: { ...place }, accept: ANY })
    if (!MOVED.includes(told.status) || !isOurs(told.headers['location'])) return undefined
    const to = await lookUpMove(client, told, place)
    return to === undefined ? undefined : { to, isPermanent: PERMANENT.includes(told.status) }
  }

  function isOurs(location: string | undefined): boolean {
    const target = location === undefined ? null : URL.parse(location, apiUrl)
    return target !== null && target.host === new URL(apiUrl).host
  }

  async function request(route: string, ask: Ask = {}): Promise<Answer> {
    const asked = nameIn(ask)
    return asked === undefined ? client.request(route, ask) : requestAt(current(asked), { route, ask, asked, hops: 0 })
  }

  async function requestAt(name: string, call: Call): Promise<Answer> {
    const { route, ask, asked, hops } = call
    const answer = await client.request(route, placedAt(ask, name))
    if (!MOVED.includes(answer.status)) return answer
    const moved = hops < MAX_HOPS ? await newPlaceOf(route, splitRepository(name), answer) : undefined
    if (moved === undefined) return settled(route, ask, answer)
    if (moved.isPermanent) known.set(asked.toLowerCase(), { to: moved.to, at: clock.now() })
    return requestAt(moved.to, { ...call, hops: hops + 1 })
  }

  function settled(route: string, ask: Ask, answer: Answer): Answer {
    if (ask.accept?.includes(answer.status)) return answer
    const { status, headers } = answer
    throw refusal(route, { status, headers, message: '' }, { until: undefined, now: clock.now() })
  }

  return {
    ...client,
    request,
    renamedTo(repository) {
      const name = current(repository)
      return name === repository ? undefined : name
    },
  }
}

interface Call {
  readonly route: string
  readonly ask: Ask
  /** The repository as the caller named it. */
  readonly asked: string
  readonly hops: number
}

/** Whatever the repository's own address answers. */
const ANY = [...MOVED, 403, 404, 451]

/** `owner/repo` of a call that names one in its path. */
function nameIn({ params }: Ask): string | undefined {
  const { owner, repo } = params ?? {}
  return typeof owner === 'string' && typeof repo === 'string' ? `${owner}/${repo}` : undefined
}

function placedAt(ask: Ask, name: string): Ask {
  return { ...ask, params: { ...ask.params, ...splitRepository(name) }, accept: [...(ask.accept ?? []), ...MOVED] }
}
