/** What the bus does with entries: judges each, keeps the last events, and tells which rules they matched. */
import { Buffer } from 'node:buffer'
import * as z from 'zod'
import { type Clock, toTimestamp } from '#lib/clock'
import type { Ids } from '#lib/ids'
import { type JsonObject, matches } from './pattern.ts'
import { checkedRule, type Rule } from './rules.ts'

/** An entry of a PutEvents call, as it comes over the wire. */
export const entry = z.looseObject({
  Source: z.string().optional(),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().optional(),
  /** Seconds since 1970. */
  Time: z.number().optional(),
  Resources: z.array(z.string()).optional(),
})
export type Entry = z.infer<typeof entry>

export type EntryResult = { readonly EventId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string }

/** An event as its targets get it. */
export interface BusEvent {
  readonly version: '0'
  readonly id: string
  readonly 'detail-type': string
  readonly source: string
  readonly account: string
  readonly time: string
  readonly region: string
  readonly resources: readonly string[]
  readonly detail: JsonObject
}

export interface KeptEvent {
  readonly bus: string
  readonly event: BusEvent
  /** Names of the rules it matched. */
  readonly rules: readonly string[]
}

/** Entries of the next calls that are refused. */
export interface Refusals {
  /** How many entries of each call, from the first. */
  readonly entries: number
  /** How many calls; 1 by default. */
  readonly times?: number | undefined
  readonly code?: string | undefined
}

export interface Bus {
  put(entries: readonly Entry[]): readonly EntryResult[]
  /** Oldest first. */
  events(): readonly KeptEvent[]
  clear(): void
  rules(): readonly Rule[]
  /** Throws `invalid` for a pattern that is none. */
  addRule(rule: Rule): void
  refuse(refusals: Refusals): void
  heal(): void
}

export interface BusOptions {
  readonly clock: Clock
  readonly ids: Ids
  readonly rules: readonly Rule[]
  /** How many events are kept. */
  readonly keep: number
  /** Called for each rule an event matched. */
  readonly onMatch?: ((rule: Rule, event: BusEvent) => void) | undefined
}

const ACCOUNT = '000000000000'
const REGION = 'local'
const DEFAULT_BUS = 'default'
const detail = z.record(z.string(), z.json())

export function createBus({ clock, ids, rules: first, keep, onMatch }: BusOptions): Bus {
  const rules = new Map(first.map((rule) => [rule.name, checkedRule(rule)]))
  let kept: KeptEvent[] = []
  let ordered: Refusals | undefined
  let left = 0

  const refusedNow = (): number => {
    if (ordered === undefined || left === 0) return 0
    left -= 1
    return ordered.entries
  }

  const accept = (given: Entry): EntryResult => {
    const event = eventOf(given, ids.uuid(), toTimestamp(clock.now()))
    if ('ErrorCode' in event) return event
    const matched = [...rules.values()].filter(({ pattern }) => matches(pattern, { ...event }))
    kept = [...kept, { bus: busOf(given), event, rules: matched.map(({ name }) => name) }].slice(-keep)
    for (const rule of matched) onMatch?.(rule, event)
    return { EventId: event.id }
  }

  return {
    put(entries) {
      const refused = refusedNow()
      const ErrorCode = ordered?.code ?? 'InternalFailure'
      return entries.map((given, at) =>
        at < refused ? { ErrorCode, ErrorMessage: 'Refused on order.' } : accept(given),
      )
    },
    events: () => kept,
    clear() {
      kept = []
    },
    rules: () => [...rules.values()],
    addRule(rule) {
      rules.set(rule.name, checkedRule(rule))
    },
    refuse(refusals) {
      ordered = refusals
      left = refusals.times ?? 1
    },
    heal() {
      ordered = undefined
    },
  }
}

type Refused = Extract<EntryResult, { ErrorCode: string }>

function eventOf(given: Entry, id: string, now: string): BusEvent | Refused {
  const { Source = '', DetailType = '', Detail = '', Time, Resources = [] } = given
  const missing = { Source, DetailType, Detail }
  for (const [name, value] of Object.entries(missing)) {
    if (value === '')
      return refused('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`)
  }
  if (Source.startsWith('aws.')) return refused('NotAuthorizedForSourceException', 'Not authorized for the source.')
  const read = detail.safeParse(parse(Detail))
  if (!read.success) return refused('MalformedDetail', 'Detail is malformed.')
  const time = Time === undefined ? now : toTimestamp(Time * 1000)
  return {
    version: '0',
    id,
    'detail-type': DetailType,
    source: Source,
    account: ACCOUNT,
    // EventBridge tells whole seconds.
    time: time.replace(/\.\d+Z$/, 'Z'),
    region: REGION,
    resources: Resources,
    detail: read.data,
  }
}

const refused = (ErrorCode: string, ErrorMessage: string): Refused => ({ ErrorCode, ErrorMessage })

/** A bus may be named by its ARN. */
const busOf = ({ EventBusName = DEFAULT_BUS }: Entry): string => EventBusName.replace(/^arn:.*:event-bus\//, '')

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** EventBridge's own arithmetic: what an entry weighs, in bytes. */
export function weightOf({ Source = '', DetailType = '', Detail = '', Time, Resources = [] }: Entry): number {
  const texts = [Source, DetailType, Detail, ...Resources]
  return (Time === undefined ? 0 : 14) + texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
}
