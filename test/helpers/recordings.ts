/** Answers of a real API server, as `test/recordings/kubernetes` keeps them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Recording {
  readonly name: string
  readonly says: string
  readonly request: {
    readonly method: string
    readonly path: string
    readonly content_type?: string
    readonly body?: unknown
    /** Who asked. */
    readonly as: string
  }
  readonly response: { readonly status: number; readonly body: Record<string, unknown> }
}

const FOLDER = join(import.meta.dirname, '../recordings/kubernetes')

/** In the order in which they were made. */
export function recordings(): Recording[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.json'))
  return files.sort().map((file) => ({
    name: file.slice(0, -'.json'.length),
    ...JSON.parse(readFileSync(join(FOLDER, file), 'utf8')),
  }))
}

/** The one of that number. */
export function recording(number: number): Recording {
  const found = recordings().find(({ name }) => Number(name.slice(0, 2)) === number)
  if (found === undefined) throw new Error(`there is no recording ${number}`)
  return found
}
