/** What the cluster keeps: objects as Kubernetes writes them, and how a call's body is read as one. */
import * as z from 'zod'
import { badRequest } from '../http/status.ts'

export type Json = Record<string, unknown>

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

/** Who set which fields, and how. */
export interface ManagedFields {
  readonly manager: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  readonly time: string
  readonly fieldsType: 'FieldsV1'
  readonly fieldsV1: Json
}

export interface Metadata {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly creationTimestamp: string
  readonly generation?: number
  /** Set while it waits for its finalizers. */
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly finalizers?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly managedFields?: readonly ManagedFields[]
}

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly [field: string]: unknown
}

const texts = z.record(z.string(), z.string()).nullish()
const draft = z.looseObject({
  apiVersion: z.string().optional(),
  kind: z.string().optional(),
  metadata: z
    .looseObject({
      name: z.string().optional(),
      generateName: z.string().optional(),
      namespace: z.string().optional(),
      uid: z.string().optional(),
      resourceVersion: z.string().optional(),
      labels: texts,
      annotations: texts,
      finalizers: z.array(z.string()).nullish(),
      ownerReferences: z
        .array(z.looseObject({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() }))
        .nullish(),
    })
    .prefault({}),
})

/** An object on its way in: nothing about it is certain but its outline. */
export type Draft = z.infer<typeof draft>

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function readDraft(body: unknown): Draft {
  const read = draft.safeParse(body)
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw badRequest(`the object provided is unrecognized: ${issue?.path.join('.') || 'body'}: ${issue?.message}`)
}

/** Deeply equal as JSON, whatever the order of keys. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isSame(item, b[i]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = definedKeys(a)
  return keys.length === definedKeys(b).length && keys.every((key) => isSame(a[key], b[key]))
}

const definedKeys = (value: Json): string[] => Object.keys(value).filter((key) => value[key] !== undefined)
