/** Questions that are asked by creating something that is not kept: may I, and a token for a service account. */
import * as z from 'zod'
import type { KubeObject } from '../api/objects.ts'
import { type Target, typeMeta } from '../api/request.ts'
import { managerOf } from '../api/write.ts'
import { readBody, writeOptionsOf } from '../http/body.ts'
import { badRequest } from '../http/status.ts'
import { afterUpdate } from '../patch/managers.ts'
import { kubeTime } from '../view/time.ts'
import type { Call, World } from '../world.ts'

const text = z.string().default('')
const review = z.object({
  spec: z.object({
    resourceAttributes: z
      .object({ verb: text, group: text, resource: text, subresource: text, namespace: text, name: text })
      .nullish(),
    nonResourceAttributes: z.looseObject({}).nullish(),
  }),
})

/** SelfSubjectAccessReview. What is no resource, health for one, anyone may read. */
export async function answerReview(c: Call, world: World, { resource }: Target): Promise<Response> {
  const read = review.safeParse(await readBody(c))
  if (!read.success) throw badRequest('the review cannot be read')
  const { resourceAttributes: wanted, nonResourceAttributes: other } = read.data.spec
  if (!wanted && !other) throw badRequest('spec.resourceAttributes: Required value')
  const allowed = wanted ? world.rights.allows(c.var.user, wanted) : true
  const spec = wanted ? { resourceAttributes: withoutEmpty(wanted) } : { nonResourceAttributes: other }
  const reason = wanted && allowed ? world.rights.reasonOf(c.var.user, wanted) : undefined
  const managedFields = afterUpdate(undefined, { spec }, managerOf(world, resource, writeOptionsOf(c)))
  const status = { allowed, ...(reason !== undefined && { reason }) }
  return c.json({ ...typeMeta(resource), metadata: { managedFields }, spec, status }, 201)
}

function withoutEmpty(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''))
}

/** A year: the stand-in's tokens do not expire, but a client wants a time. */
const TOKEN_MS = 365 * 24 * 3_600_000

/** TokenRequest. */
export function issueToken(c: Call, world: World, { namespace = '' }: Target, account: KubeObject): Response {
  const token = world.tokens.issue(namespace, account.metadata.name)
  const expirationTimestamp = kubeTime(world.clock.now() + TOKEN_MS)
  const status = { token, expirationTimestamp }
  return c.json({ kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: {}, spec: {}, status }, 201)
}
