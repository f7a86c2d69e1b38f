/** The variables that configure agents, for `readConfig`, and what they mean. */
import * as z from 'zod/mini'
import { type Config, optionalText, optionalUrl, settings, whole } from '#lib/config'
import { optionalWord } from '#lib/forms'
import type { AddressPolicy } from '#lib/upstream/guarded-fetch'
import type { AgentsOptions, VendorSettings } from './agents.ts'
import type { Prices } from './prices.ts'
import type { RegistryConfig } from './registry.ts'

const temperature = z.pipe(
  z
    .string()
    .check(z.refine((text) => /^[0-2](\.\d{1,4})?$/.test(text) && Number(text) <= 2, 'must be a number from 0 to 2')),
  z.transform(Number),
)
const price = z.strictObject({ input: z.number().check(z.minimum(0)), output: z.number().check(z.minimum(0)) })
const prices = z.record(z.string(), price)
const priceTable = z.pipe(
  z
    .string()
    .check(z.refine((text) => pricesOf(text) !== undefined, 'must be JSON like {"my-model":{"input":1,"output":5}}')),
  z.transform((text: string): Prices => pricesOf(text) ?? {}),
)
const yesOrNo = (fallback: boolean) =>
  z._default(
    z.pipe(
      z.string().check(z.regex(/^(true|false)$/i, 'must be true or false')),
      z.transform((text) => text.toLowerCase() === 'true'),
    ),
    fallback,
  )
/** 0, also when unset: no bound of ours. */
const bound = whole(0, { min: 0, max: 1_000_000_000 })

/** The variables. Durations and sizes are as their names say. */
export const agentSettings = {
  OPENAI_API_KEY: optionalWord,
  OPENAI_BASE_URL: optionalUrl,
  ANTHROPIC_API_KEY: optionalWord,
  ANTHROPIC_BASE_URL: optionalUrl,
  LLM_MODEL: optionalWord,
  /** Answers while another model is out of order, limited beyond the deadline, or out of quota. */
  LLM_FALLBACK_MODEL: optionalWord,
  LLM_TEMPERATURE: z._default(temperature, 0.7),
  LLM_MAX_TOKENS: whole(4_096, { min: 1, max: 200_000 }),
  /** The highest limit of tokens that an answer which was cut off is asked for again with. */
  LLM_MAX_TOKENS_RETRY: whole(16_384, { min: 1, max: 200_000 }),
  /** Per vendor and process; unset: the vendor's own limits alone. */
  LLM_REQUESTS_PER_MINUTE: bound,
  LLM_TOKENS_PER_MINUTE: bound,
  /** US dollars per million tokens by model, before the built-in table. */
  LLM_PRICES: z._default(priceTable, {}),
  NUM_AGENTS_PER_ROLE: whole(3, { min: 1, max: 16 }),
  AGENT_REGISTRY_HOST: z.optional(z.string().check(z.regex(/^[A-Za-z0-9.-]{1,253}$/, 'must be a host name'))),
  AGENT_REGISTRY_PORT: whole(50_060, { min: 1, max: 65_535 }),
  /** A JSON or YAML file of agents; when it is set, it says everything. */
  AGENTS_FILE: optionalText,
  ALLOW_OFFLINE_AGENTS: yesOrNo(true),
  STAND_INS: z._default(z.string().check(z.regex(/^(on|off)$/, 'must be on or off')), 'on'),
  ALLOW_PRIVATE_URLS: settings.ALLOW_PRIVATE_URLS,
} as const

export type AgentSettings = Config<typeof agentSettings>

/** `addresses`: which loopback and private ones may be reached. */
export function agentsOptions(config: AgentSettings, addresses: AddressPolicy): AgentsOptions {
  return {
    anthropic: vendorOf(config.ANTHROPIC_API_KEY, config.ANTHROPIC_BASE_URL),
    openai: vendorOf(config.OPENAI_API_KEY, config.OPENAI_BASE_URL),
    offline: config.ALLOW_OFFLINE_AGENTS,
    addresses,
    limit: {
      requests_per_minute: config.LLM_REQUESTS_PER_MINUTE || null,
      tokens_per_minute: config.LLM_TOKENS_PER_MINUTE || null,
    },
    fallbackModel: config.LLM_FALLBACK_MODEL ?? null,
    mostTokens: config.LLM_MAX_TOKENS_RETRY,
    prices: config.LLM_PRICES,
  }
}

/** `file` is the parsed content of AGENTS_FILE, undefined without one. */
export function registryConfig(config: AgentSettings, addresses: AddressPolicy, file: unknown): RegistryConfig {
  const { AGENT_REGISTRY_HOST: host, AGENT_REGISTRY_PORT: port } = config
  const { anthropic, openai } = agentsOptions(config, addresses)
  return {
    file,
    service: host === undefined ? null : { host, port },
    configured: { anthropic: anthropic !== null, openai: openai !== null },
    model: config.LLM_MODEL ?? null,
    temperature: config.LLM_TEMPERATURE,
    maxTokens: config.LLM_MAX_TOKENS,
    perRole: config.NUM_AGENTS_PER_ROLE,
    standIns: config.STAND_INS === 'on' && config.ALLOW_OFFLINE_AGENTS,
    addresses,
  }
}

function vendorOf(apiKey: string | undefined, baseUrl: string | undefined): VendorSettings | null {
  if (apiKey === undefined && baseUrl === undefined) return null
  return { apiKey: apiKey ?? null, baseUrl: baseUrl ?? null }
}

function pricesOf(text: string): Prices | undefined {
  try {
    const read = z.safeParse(prices, JSON.parse(text))
    return read.success ? read.data : undefined
  } catch {
    return undefined
  }
}
