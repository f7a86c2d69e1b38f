/** The agents of the entries of a registry, by their kind. */
import type { Clock, Sleep } from '#lib/clock'
import type { AgentEntry, AgentKind } from '#lib/councils/model'
import type { Agent, Agents } from '#lib/councils/ports'
import { AppError } from '#lib/errors'
import type { Chance } from '#lib/ids'
import { type AddressPolicy, checkedUrl } from '#lib/upstream/guarded-fetch'
import { createAnthropic } from './anthropic.ts'
import type { Backend } from './backend.ts'
import { createCaller } from './caller.ts'
import { createHttpBackend } from './http.ts'
import type { RateLimit } from './limiter.ts'
import { createLines } from './lines.ts'
import { createOfflineAgent } from './offline/agent.ts'
import { createOpenai } from './openai.ts'
import { createPost } from './outgoing.ts'
import { createPriceList, type Prices } from './prices.ts'
import { createRemoteAgent } from './remote.ts'
import { createSchemaSupport } from './schema-support.ts'
import type { Vendor } from './vendor.ts'
import { VENDOR_URLS, type VendorKind, vendorOf } from './vendors.ts'

export interface AgentsPorts {
  readonly clock: Clock
  readonly sleep: Sleep
  readonly chance: Chance
  readonly warn: (message: string, details: Readonly<Record<string, unknown>>) => void
}

/** How a vendor is reached. */
export interface VendorSettings {
  /** Null for an address that asks for none, e.g. a vLLM server. */
  readonly apiKey: string | null
  /** Null for the vendor's own. */
  readonly baseUrl: string | null
}

export interface AgentsOptions {
  /** Null: not configured. */
  readonly anthropic: VendorSettings | null
  readonly openai: VendorSettings | null
  /** False where templates must not pass for answers. */
  readonly offline: boolean
  readonly addresses: AddressPolicy
  /** Per vendor and process. */
  readonly limit: RateLimit
  /** Answers when another model is out of order, limited beyond the deadline, or out of quota; null: no fallback. */
  readonly fallbackModel: string | null
  /** The highest limit of tokens that an answer which was cut off is asked for again with. */
  readonly mostTokens: number
  readonly prices: Prices
}

const MAKERS = { anthropic: createAnthropic, openai: createOpenai } as const

/** Throws `invalid` when a configured address may not be reached. */
export function createAgents({ clock, sleep, chance, warn }: AgentsPorts, options: AgentsOptions): Agents {
  const post = createPost(options.addresses)
  const caller = createCaller({ clock, sleep, chance, warn, lines: createLines(clock, options.limit) })
  const prices = createPriceList(options.prices)
  const schemas = createSchemaSupport(warn)
  const configured = { anthropic: vendor('anthropic'), openai: vendor('openai') }
  const fallback = fallbackOf(options.fallbackModel)

  return {
    of(entry) {
      if (entry.kind === 'offline') return offline(entry)
      const first = backendOf(entry)
      const spare = entry.kind === 'http' || fallback?.model === first.model ? null : fallback
      return createRemoteAgent(
        entry,
        { first, fallback: spare },
        { caller, prices, clock, mostTokens: options.mostTokens },
      )
    },
  }

  function offline(entry: AgentEntry): Agent {
    if (options.offline) return createOfflineAgent(entry)
    throw new AppError('invalid', `${entry.agent_id}: offline agents are not allowed here (ALLOW_OFFLINE_AGENTS).`)
  }

  function backendOf({ agent_id, kind, model, endpoint }: AgentEntry): Backend {
    if (endpoint !== null) return at(addressOf(agent_id, endpoint), kind, model)
    if (kind === 'http') throw new AppError('invalid', `${agent_id}: an agent of kind http needs an endpoint.`)
    if (kind === 'offline') throw new AppError('invalid', `${agent_id}: an offline agent has no address.`)
    const made = configured[kind]
    if (made === null) throw new AppError('invalid', `${agent_id}: the kind ${kind} needs ${KEYS[kind]} to be set.`)
    return made(model)
  }

  /** An address that came with an entry gets no key: keys belong to the addresses of the configuration. */
  function at(url: URL, kind: AgentKind, model: string): Backend {
    if (kind !== 'anthropic' && kind !== 'openai') return createHttpBackend(url, model, { post, clock })
    const made = configured[kind]
    if (made !== null && baseOf(options[kind], kind) === versioned(url)) return made(model)
    const access = { baseUrl: versioned(url), apiKey: null, vendor: url.host, own: true }
    return MAKERS[kind](access, { post, clock, schemas })(model)
  }

  function vendor(kind: VendorKind): Vendor | null {
    const settings = options[kind]
    if (settings === null) return null
    const baseUrl = baseOf(settings, kind)
    addressOf(kind, baseUrl)
    const own = new URL(baseUrl).host !== new URL(VENDOR_URLS[kind]).host
    return MAKERS[kind]({ baseUrl, apiKey: settings.apiKey, vendor: kind, own }, { post, clock, schemas })
  }

  function fallbackOf(model: string | null): Backend | null {
    if (model === null) return null
    const kind = vendorOf(model, { anthropic: configured.anthropic !== null, openai: configured.openai !== null })
    return kind === null ? null : (configured[kind]?.(model) ?? null)
  }

  function addressOf(who: string, text: string): URL {
    try {
      return checkedUrl(text, options.addresses)
    } catch (error) {
      throw new AppError('invalid', `${who}: ${error instanceof AppError ? error.message : 'not an address.'}`, {
        cause: error,
      })
    }
  }
}

const KEYS = { anthropic: 'ANTHROPIC_API_KEY', openai: 'OPENAI_API_KEY or OPENAI_BASE_URL' } as const

/** Without a trailing slash; a bare host gets the version that both vendors serve below. */
function versioned({ origin, pathname, search }: URL): string {
  const path = pathname.replace(/(?<!\/)\/+$/, '')
  return `${origin}${path === '' ? '/v1' : path}${search}`
}

function baseOf(settings: VendorSettings | null, kind: VendorKind): string {
  const text = settings?.baseUrl ?? VENDOR_URLS[kind]
  const url = URL.parse(text)
  return url === null ? text : versioned(url)
}
