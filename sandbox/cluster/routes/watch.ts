/** A watch: changes as they happen, one JSON object a line, until the caller leaves or his time is up. */
import type { KubeObject } from '../api/objects.ts'
import type { Target } from '../api/request.ts'
import { refused } from '../http/status.ts'
import type { Change } from '../state/store.ts'
import { tableOf, wantsTable } from '../view/table.ts'
import type { Call, World } from '../world.ts'
import { selectionOf } from './selection.ts'

interface Event {
  readonly type: Change['type'] | 'ERROR'
  readonly object: unknown
}

/** How long a watch lasts unless it names a time, in seconds. */
const LASTING = 1800

export function watch(c: Call, world: World, target: Target): Response {
  const from = c.req.query('resourceVersion') ?? ''
  const lasting = Number(c.req.query('timeoutSeconds') ?? LASTING)
  const missed = missedSince(world, target, from)
  const expired: Event = { type: 'ERROR', object: refused(410, `too old resource version: ${from}`).status }
  const eventOf = viewer(c, world, target)
  const encoder = new TextEncoder()
  let leave = (): void => undefined

  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const say = (event: Event | undefined) => {
        if (event !== undefined) controller.enqueue(encoder.encode(`${JSON.stringify(event)}\n`))
      }
      if (missed === undefined) say(expired)
      else for (const change of missed) say(eventOf(change))
      if (missed === undefined) return controller.close()
      const unsubscribe = world.store.subscribe((change) => say(eventOf(change)))
      const timer = setTimeout(() => {
        leave()
        controller.close()
      }, lasting * 1000)
      leave = () => {
        clearTimeout(timer)
        unsubscribe()
      }
    },
    cancel: () => leave(),
  })
  return new Response(stream, { headers: { 'content-type': 'application/json' } })
}

/** What a watch is told of a change; undefined when it is none of its objects. */
function viewer(c: Call, { clock }: World, target: Target): (change: Change) => Event | undefined {
  const isMeant = selectionOf(c, target)
  const asTable = wantsTable(c.req.header('accept'))
  const view = (object: KubeObject) =>
    asTable ? tableOf(target.resource, [object], clock.now(), c.req.query('includeObject')) : object
  return ({ type, plural, object }) =>
    plural === target.resource.plural && isMeant(object) ? { type, object: view(object) } : undefined
}

/** Without a resource version all that stands comes first, as if it had just been made. */
function missedSince({ store }: World, { resource, namespace }: Target, from: string): readonly Change[] | undefined {
  if (from !== '' && from !== '0') return store.since(Number(from))
  const { plural } = resource
  return store.list(resource, namespace).map((object) => ({ type: 'ADDED', plural, object, revision: 0 }))
}
