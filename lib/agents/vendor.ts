/** What the vendors have in common: where they are, with which key, and how a model of theirs is made. */
import type { Clock } from '#lib/clock'
import type { Backend } from './backend.ts'
import type { Post } from './outgoing.ts'
import type { SchemaSupport } from './schema-support.ts'

/** Where a vendor is and with which key; a key is sent to this address alone. */
export interface Access {
  /** Without a trailing slash, with its version: `…/v1`. */
  readonly baseUrl: string
  /** Null for an address that asks for none. */
  readonly apiKey: string | null
  /** Who is limited as one. */
  readonly vendor: string
  /** True for somebody's own hardware. */
  readonly own: boolean
}

export interface VendorPorts {
  readonly post: Post
  readonly clock: Clock
  readonly schemas: SchemaSupport
}

export type Vendor = (model: string) => Backend

/** Sent where no key is needed, because the SDKs insist on one. */
export const NO_KEY = 'none'
