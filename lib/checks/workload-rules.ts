/** Rules of single kinds that no schema states: workloads, claims, budgets, network policies, custom resources. */
import { isIP } from 'node:net'
import { objects } from './container-rules.ts'
import { at, type Json } from './objects.ts'

export function* replicaFaults(manifest: Json): Generator<string> {
  const replicas = at(manifest, 'spec.replicas')
  if (typeof replicas === 'number' && replicas < 0) yield 'spec.replicas: must be greater than or equal to 0'
}

export function* deploymentFaults(manifest: Json): Generator<string> {
  yield* replicaFaults(manifest)
  const rolling = at(manifest, 'spec.strategy.rollingUpdate')
  if (rolling === undefined || rolling === null) return
  if (at(manifest, 'spec.strategy.type') === 'Recreate')
    yield 'spec.strategy.rollingUpdate: may not be specified when the type is Recreate'
  if (isZero(at(rolling, 'maxSurge')) && isZero(at(rolling, 'maxUnavailable')))
    yield 'spec.strategy.rollingUpdate.maxUnavailable: may not be 0 when maxSurge is 0'
}

const isZero = (value: unknown): boolean => value === 0 || value === '0%'

export function* claimFaults(manifest: Json): Generator<string> {
  const modes = at(manifest, 'spec.accessModes')
  if (!Array.isArray(modes) || modes.length === 0) yield 'spec.accessModes: at least one is required'
  if (at(manifest, 'spec.resources.requests.storage') === undefined)
    yield 'spec.resources.requests.storage: is required'
}

export function* disruptionFaults(manifest: Json): Generator<string> {
  const both = ['minAvailable', 'maxUnavailable'].every((field) => at(manifest, `spec.${field}`) !== undefined)
  if (both) yield 'spec: minAvailable and maxUnavailable cannot both be set'
}

export function* networkPolicyFaults(manifest: Json): Generator<string> {
  for (const [direction, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    for (const [index, rule] of objects(at(manifest, `spec.${direction}`)).entries()) {
      for (const [number, peer] of objects(rule[peers]).entries()) {
        const cidr = at(peer, 'ipBlock.cidr')
        if (typeof cidr !== 'string' || isCidr(cidr)) continue
        yield `spec.${direction}[${index}].${peers}[${number}].ipBlock.cidr: is no block of addresses such as 10.0.0.0/8`
      }
    }
  }
}

function isCidr(text: string): boolean {
  const [address = '', length = '', ...more] = text.split('/')
  const family = isIP(address)
  return more.length === 0 && family !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128)
}

export function* definitionFaults(manifest: Json): Generator<string> {
  const [plural, group] = [at(manifest, 'spec.names.plural'), at(manifest, 'spec.group')]
  if (typeof plural === 'string' && typeof group === 'string' && at(manifest, 'metadata.name') !== `${plural}.${group}`)
    yield 'metadata.name: must be spec.names.plural+"."+spec.group'
}
