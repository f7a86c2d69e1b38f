/** Every variable that a program of Coxswain reads, with the schema that reads it. */
import { readFileSync } from 'node:fs'
import type * as z from 'zod/mini'
import { grpcSettings } from '#grpc/settings'
import { agentSettings } from '#lib/agents/settings'
import { clusterSettings } from '#lib/cluster/config'
import { type Shape, settings } from '#lib/config'
import { councilSettings } from '#lib/councils/settings'
import { eventSettings } from '#lib/events/settings'
import { hostSettings } from '#lib/hosts/config'
import { serviceSettings } from '#lib/projects/settings'
import { stackSettings } from '#sandbox/stack/settings'
import { schema as workerSchema } from '#worker/config'
import { type Setting, settings as settingsOfWorker } from '#worker/start/settings'
import { type Described, describe } from './describe.ts'

export interface Variable {
  /** As the functions, or the one program that knows it, read it. */
  readonly described: Described
  /** As `npm start` reads it; undefined when it leaves it to the functions. */
  readonly local: Described | undefined
  /** What serverless.yml gives the functions when it is unset; undefined when it does not hand it on. */
  readonly deployed: string | undefined
}

/** All but the worker's, which runs on machines of its own. Later shapes win: they name what few need as optional. */
const READ: Shape = {
  ...stackSettings,
  ...grpcSettings,
  ...serviceSettings,
  ...settings,
  ...agentSettings,
  ...councilSettings,
  ...clusterSettings,
  ...hostSettings,
  ...eventSettings,
}

/** The schema that reads a variable; undefined for what serverless.yml alone reads. */
export function schemaOf(name: string): z.core.$ZodType | undefined {
  return READ[name]
}

/** Read by serverless.yml alone, which takes any text. */
const unchecked = (fallback: string): Described => ({ fallback, isRequired: false, must: '' })

export function collect(): ReadonlyMap<string, Variable> {
  const { handedOn, own } = serviceDefaults()
  const names = new Set([...Object.keys(READ), ...handedOn.keys(), ...own.keys()])
  const local: Readonly<Record<string, z.core.$ZodType | undefined>> = stackSettings
  return new Map(
    [...names].map((name) => [
      name,
      {
        described: READ[name] === undefined ? unchecked(own.get(name) ?? '') : describe(READ[name]),
        local: local[name] === undefined ? undefined : describe(local[name]),
        deployed: handedOn.get(name),
      },
    ]),
  )
}

export interface WorkerSetting extends Setting {
  /** What a value must be. */
  readonly must: string
}

/** The worker's own, with the rule that its schema has for each. */
export function workerSettings(): readonly WorkerSetting[] {
  return settingsOfWorker().map((setting) => ({ ...setting, must: describe(workerSchema.shape[setting.name]).must }))
}

/** The variables that serverless.yml hands on under their own name, and those it reads for itself, with its defaults. */
function serviceDefaults(): Readonly<Record<'handedOn' | 'own', ReadonlyMap<string, string>>> {
  const text = readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8')
  const lines = text.matchAll(/^ +(?<key>\w+):.*\$\{env:(?<name>[A-Z0-9_]+), '(?<fallback>[^\n]*)'\}/gm)
  const reads = [...lines].map(({ groups = {} }) => groups as Readonly<Record<'key' | 'name' | 'fallback', string>>)
  const defaultsOf = (some: typeof reads) => new Map(some.map(({ name, fallback }) => [name, fallback]))
  return {
    handedOn: defaultsOf(reads.filter(({ key, name }) => key === name)),
    own: defaultsOf(reads.filter(({ key, name }) => key !== name)),
  }
}
