/** What every route is handed, how calls are counted, and how the services refuse. */
import type { HttpBindings } from '@hono/node-server'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type * as z from 'zod'
import type { Faults } from '../http/faults.ts'
import type { Seeder } from './seed/seeder.ts'
import type { ProjectRecord, SprintRecord } from './state/model.ts'
import type { Store } from './state/store.ts'

export const SERVICES = ['project', 'backlog', 'sprint', 'chronicle'] as const
export type ServiceName = (typeof SERVICES)[number]

export type Env = { Bindings: HttpBindings }

export interface World {
  readonly store: Store
  readonly seeder: Seeder
  readonly faults: Readonly<Record<ServiceName, Faults>>
  readonly tally: Tally
}

/** Calls by `service METHOD /route/:pattern` and answers by `service status`, since the start. */
export interface Stats {
  readonly calls: Readonly<Record<string, number>>
  readonly statuses: Readonly<Record<string, number>>
}

export interface Tally {
  count(service: ServiceName, route: string, status: number): void
  stats(): Stats
}

export function createTally(): Tally {
  const calls: Record<string, number> = {}
  const statuses: Record<string, number> = {}
  return {
    count(service, route, status) {
      const call = `${service} ${route}`
      const answer = `${service} ${status}`
      calls[call] = (calls[call] ?? 0) + 1
      statuses[answer] = (statuses[answer] ?? 0) + 1
    },
    stats: () => ({ calls: { ...calls }, statuses: { ...statuses } }),
  }
}

/** A refusal in the services' shape; `detail` is what their web framework would put there. */
export function refuse(status: ContentfulStatusCode, detail: unknown): HTTPException {
  return new HTTPException(status, { res: Response.json({ detail }, { status }) })
}

export const notFound = (what: string): HTTPException => refuse(404, `${what} not found`)

/** Reads JSON against a schema; problems are listed as the services list them. */
export async function readBody<T extends z.ZodType>(request: { text(): Promise<string> }, schema: T) {
  const read = schema.safeParse(parseJson(await request.text()))
  if (read.success) return read.data as z.infer<T>
  throw refuse(
    422,
    read.error.issues.map(({ path, message }) => ({ loc: ['body', ...path], msg: message, type: 'value_error' })),
  )
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw refuse(422, [{ loc: ['body'], msg: 'JSON decode error', type: 'json_invalid' }])
  }
}

/** What the project service says of a project it does not know: its lookup fails, and it tells just that. */
export function requireProject({ store }: World, id: string): ProjectRecord {
  const project = store.project(id)
  if (project === undefined) throw refuse(500, 'Database operation failed.')
  return project
}

export function requireSprint({ store }: World, id: string): SprintRecord {
  const sprint = store.sprint(id)
  if (sprint === undefined) throw notFound(`Sprint ${id}`)
  return sprint
}
