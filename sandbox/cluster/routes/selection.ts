/** Which objects a list or watch means: those of its namespace that its selectors meet. */
import type { KubeObject } from '../api/objects.ts'
import type { Target } from '../api/request.ts'
import { fieldSelector, labelSelector } from '../api/selectors.ts'
import type { Call } from '../world.ts'

export function selectionOf(c: Call, { namespace, name }: Target): (object: KubeObject) => boolean {
  const byLabel = labelSelector(c.req.query('labelSelector') ?? '')
  const byField = fieldSelector(c.req.query('fieldSelector') ?? '')
  const isHere = ({ metadata }: KubeObject) =>
    (namespace === undefined || metadata.namespace === namespace) && (name === undefined || metadata.name === name)
  return (object) => isHere(object) && byLabel(object) && byField(object)
}
