/** Reads an object that kubectl sends as Kubernetes protobuf: an envelope with its type, around the object itself. */
import type { Json } from '../api/objects.ts'
import { type Field, TAGS } from '../schema/tags.ts'
import { badRequest, type Refused, refused } from './status.ts'

export const PROTOBUF = 'application/vnd.kubernetes.protobuf'

const MAGIC = Buffer.from('k8s\0')
const VARINT = 0
const BYTES = 2

interface Entry {
  readonly tag: number
  /** A number, or the bytes of text or of a message. */
  readonly value: number | Buffer
}

/** Throws 415 for what is not read here, so that nothing is dropped in silence. */
export function readProtobuf(body: Buffer): Json {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) throw badRequest('the body is no Kubernetes protobuf')
  const envelope = new Map([...entriesOf(body.subarray(MAGIC.length))].map(({ tag, value }) => [tag, value]))
  const meta = new Map([...entriesOf(bytes(envelope.get(1)))].map(({ tag, value }) => [tag, textOf(value)]))
  const kind = meta.get(2) ?? ''
  return { apiVersion: meta.get(1), kind, ...messageOf(kind, bytes(envelope.get(2))) }
}

function messageOf(type: string, body: Buffer): Json {
  const fields = TAGS[type]
  if (fields === undefined) throw unread(type)
  const message: Json = {}
  for (const { tag, value } of entriesOf(body)) {
    const field = fields[tag]
    if (field === undefined) throw unread(`field ${tag} of ${type}`)
    if (field.kind !== 'ignored') put(message, field, value)
  }
  return message
}

type Named = Exclude<Field, { kind: 'ignored' }>

function put(message: Json, field: Named, value: Entry['value']): void {
  const read = readValue(field, value)
  const before = message[field.name]
  // An empty text stands for none: the format has no other way to say so.
  if (read === '' && !field.many) return
  if (field.many) message[field.name] = [...(Array.isArray(before) ? before : []), read]
  else if (field.kind === 'texts' || field.kind === 'quantities')
    message[field.name] = { ...(before ?? {}), ...(read as Json) }
  else message[field.name] = read
}

function readValue(field: Named, value: Entry['value']): unknown {
  switch (field.kind) {
    case 'text':
      return textOf(value)
    case 'number':
      return value
    case 'boolean':
      return value === 1
    case 'message':
      return messageOf(field.type, bytes(value))
    case 'texts':
      return pairOf(bytes(value), textOf)
    case 'quantities':
      return pairOf(bytes(value), (inner) => textOf([...entriesOf(bytes(inner))][0]?.value))
  }
}

/** One entry of a map. */
function pairOf(body: Buffer, read: (value: Entry['value'] | undefined) => string): Json {
  const parts = new Map([...entriesOf(body)].map(({ tag, value }) => [tag, value]))
  return Object.fromEntries([[textOf(parts.get(1)), read(parts.get(2))]])
}

function* entriesOf(body: Buffer): Generator<Entry> {
  const cursor = { at: 0 }
  while (cursor.at < body.length) {
    const key = varint(body, cursor)
    const tag = Math.floor(key / 8)
    const wire = key % 8
    if (wire === VARINT) yield { tag, value: varint(body, cursor) }
    else if (wire === BYTES) {
      const length = varint(body, cursor)
      if (cursor.at + length > body.length) throw badRequest('the protobuf ends too early')
      yield { tag, value: body.subarray(cursor.at, cursor.at + length) }
      cursor.at += length
    } else throw unread(`wire type ${wire}`)
  }
}

/** Numbers beyond 2^53 are none of what is sent here. */
function varint(body: Buffer, cursor: { at: number }): number {
  let value = 0
  for (let factor = 1; ; factor *= 128) {
    const byte = body[cursor.at]
    if (byte === undefined || factor > Number.MAX_SAFE_INTEGER) throw badRequest('the protobuf has a bad number')
    cursor.at += 1
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return value
  }
}

function bytes(value: Entry['value'] | undefined): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.alloc(0)
}

function textOf(value: Entry['value'] | undefined): string {
  return bytes(value).toString('utf8')
}

function unread(what: string): Refused {
  return refused(
    415,
    `the stand-in reads no ${what} in protobuf; send JSON or YAML (kubectl create -f, kubectl apply -f)`,
  )
}
