/** Whose token a call carries: the administrator's, or one made for a service account. */
import { createHash } from 'node:crypto'
import { type Ids, systemIds } from '#lib/ids'
import { ADMIN, serviceAccountUser, type User } from '../api/rbac.ts'
import type { Store } from '../state/store.ts'
import { refused } from './status.ts'

export interface Tokens {
  /** Throws 401 for no token and for one that is not known. */
  userOf(authorization: string | undefined): User
  /** A new token of a service account; it does not expire. */
  issue(namespace: string, name: string): string
}

/** Kept beside the objects, under a name that no resource has. */
const TABLE = { plural: '_tokens' }

export function createTokens(store: Store, admin: string, ids: Ids = systemIds): Tokens {
  const adminDigest = digest(admin)
  return {
    userOf(authorization) {
      const [, token] = /^Bearer (.+)$/i.exec(authorization ?? '') ?? []
      if (token === undefined) throw refused(401)
      if (digest(token) === adminDigest) return ADMIN
      const owner = store.get({ resource: TABLE, namespace: '', name: digest(token) })?.metadata
      if (owner?.namespace === undefined || owner.annotations?.['account'] === undefined) throw refused(401)
      return serviceAccountUser(owner.namespace, owner.annotations['account'])
    },
    issue(namespace, name) {
      const token = ids.secret()
      const metadata = { name: digest(token), namespace, annotations: { account: name } }
      const object = {
        apiVersion: 'v1',
        kind: 'Token',
        metadata: { ...metadata, uid: '', resourceVersion: '', creationTimestamp: '' },
      }
      store.commit([{ key: { resource: TABLE, namespace: '', name: digest(token) }, object }])
      return token
    },
  }
}

/** Tokens are compared and kept as digests only. */
function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
