/** Reads the examples of the API's description: requests from events/, answers and problems from docs/examples/. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Examples, examplesOf, type Named, type Sample } from '#lib/openapi/examples'

const root = new URL('../', import.meta.url)

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(new URL(path, root), 'utf8')) as T
}

/** The name of a function's sample: `workNextPost` has `work-next-post`. */
export function sampleName(id: string): string {
  return id.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

/** Every operation that has answers kept, with the sample of its function. */
export function readExamples(): Examples {
  const files = readdirSync(new URL('docs/examples/', root), { recursive: true, encoding: 'utf8' })
  const answers = files.filter((file) => file.includes('/') && file.endsWith('.json'))
  const operations = answers.map((file) => {
    const id = basename(file, '.json')
    const sample = readJson<Sample>(`events/${sampleName(id)}.json`)
    return [id, examplesOf(sample, readJson<Readonly<Record<string, Named>>>(`docs/examples/${file}`))] as const
  })
  return { operations: Object.fromEntries(operations), problems: readJson<Named>('docs/examples/problems.json') }
}
