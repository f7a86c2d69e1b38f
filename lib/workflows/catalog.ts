/** Which definitions there are: those built in, those of a file, and those that runs are pinned to. */
import { AppError } from '#lib/errors'
import { type Definition, readDefinition } from './definition.ts'
import { implement } from './definitions/implement.ts'
import { plan } from './definitions/plan.ts'
import { sdlc } from './definitions/sdlc.ts'
import { specify } from './definitions/specify.ts'
import { tasks } from './definitions/tasks.ts'
import type { DefinitionRef } from './model.ts'
import type { DefinitionStore } from './ports.ts'

const BUILT_IN = [sdlc, specify, plan, tasks, implement].map((one) => readDefinition(one, one.name))

export interface Definitions {
  /** The definition a new run is pinned to, the newest version unless one is named. Throws `invalid` when unknown. */
  forNewRun(name: string, version?: number): Promise<Definition>
  /** The definition a run is pinned to, as it was then. */
  pinned(ref: DefinitionRef): Promise<Definition>
}

/** Definitions of a JSON text: one, or an array of them. Throws `invalid`. */
export function readDefinitions(text: string): readonly Definition[] {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch (cause) {
    throw new AppError('invalid', 'The file of WORKFLOW_DEFINITIONS is not JSON.', { cause })
  }
  const all = (Array.isArray(data) ? data : [data]).map((one, at) => readDefinition(one, `no. ${at + 1}`))
  const twice = all.find((one, at) => all.findIndex((other) => keyOf(other) === keyOf(one)) !== at)
  if (twice === undefined) return all
  throw new AppError('invalid', `WORKFLOW_DEFINITIONS names ${keyOf(twice)} twice.`)
}

/** `own` definitions come before those built in; a kept one never changes, so it is read once per process. */
export function createDefinitions(store: DefinitionStore, own: readonly Definition[] = []): Definitions {
  const known = [...own, ...BUILT_IN]
  const kept = new Map<string, Definition>()

  const remember = (definition: Definition): Definition => {
    kept.set(keyOf(definition), definition)
    return definition
  }

  return {
    async forNewRun(name, version) {
      const fitting = known.filter((one) => one.name === name && (version === undefined || one.version === version))
      const [newest] = fitting.toSorted((a, b) => b.version - a.version)
      if (newest !== undefined) return kept.get(keyOf(newest)) ?? remember(await store.keep(newest))
      const stored = version === undefined ? undefined : await store.find({ name, version })
      if (stored !== undefined) return remember(stored)
      throw unknown(name, version, known)
    },

    async pinned(ref) {
      const definition = kept.get(keyOf(ref)) ?? (await store.find(ref))
      if (definition === undefined) throw new Error(`The definition ${keyOf(ref)} of a run is not kept.`)
      return remember(definition)
    },
  }
}

const keyOf = ({ name, version }: DefinitionRef): string => `${name}@${version}`

function unknown(name: string, version: number | undefined, known: readonly Definition[]): AppError {
  const wanted = version === undefined ? name : `${name} version ${version}`
  const message = `is not known: ${wanted}. There are ${[...new Set(known.map((one) => one.name))].join(', ')}`
  const path = version === undefined ? 'definition' : 'definition_version'
  return new AppError('invalid', `The definition ${message}.`, { errors: [{ path, message }] })
}
