/** Reads a call's body, JSON, YAML or protobuf, and how the write it asks for is meant. */
import * as yaml from 'yaml'
import type { WriteOptions } from '../api/write.ts'
import type { Call } from '../world.ts'
import { PROTOBUF, readProtobuf } from './protobuf.ts'
import { badRequest, refused } from './status.ts'

export function contentTypeOf(c: Call): string {
  return (c.req.header('content-type') ?? 'application/json').split(';')[0]?.trim() ?? ''
}

/** Undefined for an empty body. Throws 415 for one in a format that is not known, 400 for one that cannot be read. */
export async function readBody(c: Call): Promise<unknown> {
  const type = contentTypeOf(c)
  if (type === PROTOBUF) return readProtobuf(Buffer.from(await c.req.arrayBuffer()))
  if (type.endsWith('cbor')) throw refused(415)
  const text = await c.req.text()
  if (text.trim() === '') return undefined
  try {
    return type.endsWith('yaml') ? yaml.parse(text) : JSON.parse(text)
  } catch {
    throw badRequest('the object provided is unrecognized: it is neither JSON nor YAML')
  }
}

/** How a write is meant, from its query. */
export function writeOptionsOf(c: Call): WriteOptions {
  const agent = c.req.header('user-agent')?.split('/')[0] || 'unknown'
  const validation = c.req.query('fieldValidation') ?? 'Warn'
  if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore') {
    throw badRequest('fieldValidation: Unsupported value')
  }
  return {
    manager: c.req.query('fieldManager') || agent,
    dryRun: c.req.query('dryRun') === 'All',
    unknownFields: validation,
  }
}

/** RFC 7234's form, which kubectl prints. */
export function warningHeaders(warnings: readonly string[]): string[] {
  return warnings.map((text) => `299 - ${JSON.stringify(text)}`)
}
