/** Every call on a resource: who asks is checked, then what he asks is done. */

import { pageOf } from '../api/continue.ts'
import type { KubeObject } from '../api/objects.ts'
import { patch } from '../api/patch.ts'
import { forbidden } from '../api/rbac.ts'
import { readDeleteOptions, remove } from '../api/remove.ts'
import { attributesOf, keyOf, type Target, targetOf, typeMeta, verbOf } from '../api/request.ts'
import { SERVICE_ACCOUNTS } from '../api/resources.ts'
import { create, update, type Written } from '../api/write.ts'
import { contentTypeOf, readBody, warningHeaders, writeOptionsOf } from '../http/body.ts'
import { notFound, refused } from '../http/status.ts'
import { tableOf, wantsTable } from '../view/table.ts'
import type { Call, World } from '../world.ts'
import { answerReview, issueToken } from './reviews.ts'
import { selectionOf } from './selection.ts'
import { watch } from './watch.ts'

/** Undefined when the path is none of a resource. */
export async function serveResource(c: Call, world: World): Promise<Response | undefined> {
  const target = targetOf(c.req.path)
  if (target === undefined) return undefined
  const verb = verbOf(c.req.method, target, isTrue(c.req.query('watch')))
  const wanted = attributesOf(verb, target)
  world.tally.asked(verb, target.resource.plural)
  if (!world.rights.allows(c.var.user, wanted)) throw forbidden(c.var.user, wanted)
  if (target.resource.type === '') throw refused(404)
  if (target.resource.isReview) return answerReview(c, world, target)
  if (target.subresource !== undefined) requireSubresource(target)
  return VERBS[verb]?.(c, world, target)
}

type Serve = (c: Call, world: World, target: Target) => Response | Promise<Response>

const VERBS: Readonly<Record<string, Serve>> = {
  get(c, world, target) {
    return answer(c, world, target, required(world, target))
  },
  list(c, world, target) {
    const { store, clock } = world
    const meant = store.list(target.resource, target.namespace).filter(selectionOf(c, target))
    const asked = { limit: Number(c.req.query('limit') ?? 0), next: c.req.query('continue') ?? '' }
    const page = pageOf(meant, { ...asked, revision: store.revision() }, clock)
    const metadata = {
      resourceVersion: String(store.revision()),
      ...(page.continue !== undefined && { continue: page.continue, remainingItemCount: page.remaining }),
    }
    if (wantsTable(c.req.header('accept'))) {
      return c.json({ ...tableOf(target.resource, page.items, clock.now(), c.req.query('includeObject')), metadata })
    }
    const { apiVersion, kind } = typeMeta(target.resource)
    return c.json({ apiVersion, kind: `${kind}List`, metadata, items: page.items.map(asItem) })
  },
  watch,
  async create(c, world, target) {
    if (target.subresource === 'token') return issueToken(c, world, target, required(world, target))
    const body = await readBody(c)
    return answerWrite(c, world, target, { ...create(world, target, body, writeOptionsOf(c)), created: true })
  },
  async update(c, world, target) {
    const body = await readBody(c)
    const standing = required(world, target)
    return answerWrite(c, world, target, update(world, target, standing, { body, options: writeOptionsOf(c) }))
  },
  async patch(c, world, target) {
    const body = await readBody(c)
    const call = {
      contentType: contentTypeOf(c),
      body,
      force: isTrue(c.req.query('force')),
      options: writeOptionsOf(c),
    }
    return answerWrite(c, world, target, patch(world, target, call))
  },
  async delete(c, world, target) {
    return c.json(remove(world, target, await deleteOptionsOf(c)))
  },
  async deletecollection(c, world, target) {
    const options = await deleteOptionsOf(c)
    const meant = world.store.list(target.resource, target.namespace).filter(selectionOf(c, target))
    for (const { metadata } of meant) {
      remove(world, { ...target, namespace: metadata.namespace, name: metadata.name }, options)
    }
    return c.json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' })
  },
}

async function deleteOptionsOf(c: Call) {
  const options = readDeleteOptions(await readBody(c))
  return c.req.query('dryRun') === 'All' ? { ...options, dryRun: ['All'] } : options
}

function required({ store }: World, target: Target): KubeObject {
  const found = store.get(keyOf(target))
  if (found === undefined) throw notFound(target.resource, target.name ?? '')
  return found
}

function requireSubresource({ resource, subresource }: Target): void {
  const isServed =
    subresource === 'status' ? resource.hasStatus : subresource === 'token' && resource === SERVICE_ACCOUNTS
  if (!isServed) throw refused(404)
}

function answerWrite(
  c: Call,
  world: World,
  target: Target,
  { object, warnings, created = false }: Written & { readonly created?: boolean },
): Response {
  for (const warning of warningHeaders(warnings)) c.header('warning', warning, { append: true })
  if (created) c.status(201)
  return answer(c, world, target, object)
}

function answer(c: Call, { clock }: World, target: Target, object: KubeObject): Response {
  const asTable = wantsTable(c.req.header('accept'))
  return c.json(asTable ? tableOf(target.resource, [object], clock.now(), c.req.query('includeObject')) : object)
}

/** The list says what its items are. */
function asItem({ apiVersion: _, kind: __, ...item }: KubeObject): object {
  return item
}

const isTrue = (text: string | undefined): boolean => text === 'true' || text === '1'
