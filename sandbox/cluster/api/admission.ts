/** What stands between a valid object and its being kept: policies and webhooks that refuse or rewrite it, and quotas. */
import * as z from 'zod'
import { internal, refused, titled } from '../http/status.ts'
import { jsonPatch } from '../patch/json-patch.ts'
import type { Json } from './objects.ts'
import { CRONJOBS, type Resource } from './resources.ts'

/** They judge CronJobs alone. */
export const admissionRule = z.discriminatedUnion('kind', [
  /** A ValidatingAdmissionPolicy that denies whatever comes. */
  z.strictObject({
    kind: z.literal('policy'),
    name: z.string(),
    binding: z.string(),
    message: z.string(),
    reason: z.enum(['Forbidden', 'Invalid']).default('Forbidden'),
  }),
  /** A ResourceQuota on the number of CronJobs in each namespace. */
  z.strictObject({ kind: z.literal('quota'), name: z.string(), cronjobs: z.int().nonnegative() }),
  /** A mutating policy: a JSON patch that is made to every object that comes in. */
  z.strictObject({ kind: z.literal('rewrite'), patch: z.array(z.unknown()).readonly() }),
  /** A webhook whose program does not answer. */
  z.strictObject({ kind: z.literal('dead_webhook'), name: z.string(), url: z.string() }),
])
export type AdmissionRule = z.infer<typeof admissionRule>

export interface Attempt {
  readonly resource: Resource
  readonly name: string
  readonly isNew: boolean
  /** How many of the kind there are in its namespace. */
  readonly count: number
}

export interface Admission {
  add(rule: AdmissionRule): void
  clear(): void
  /** The object as it may be kept. Throws 403, 422 or 500 in the words of what refuses it. */
  admit(object: Json, attempt: Attempt): Json
}

export function createAdmission(): Admission {
  const rules: AdmissionRule[] = []
  return {
    add: (rule) => void rules.push(rule),
    clear: () => {
      rules.length = 0
    },
    admit(object, attempt) {
      if (attempt.resource !== CRONJOBS) return object
      return rules.reduce((admitted, rule) => judge(rule, admitted, attempt), object)
    },
  }
}

function judge(rule: AdmissionRule, object: Json, { resource, name, isNew, count }: Attempt): Json {
  const forbidden = `${titled(resource)} "${name}" is forbidden`
  const details = { name, group: resource.group, kind: resource.plural }
  switch (rule.kind) {
    case 'policy': {
      const message = `ValidatingAdmissionPolicy '${rule.name}' with binding '${rule.binding}' denied request: ${rule.message}`
      const code = rule.reason === 'Forbidden' ? 403 : 422
      throw refused(code, `${forbidden}: ${message}`, { ...details, causes: [{ message }] })
    }
    case 'quota': {
      if (!isNew || count < rule.cronjobs) return object
      const what = 'count/cronjobs.batch'
      const why = `requested: ${what}=1, used: ${what}=${count}, limited: ${what}=${rule.cronjobs}`
      throw refused(403, `${forbidden}: exceeded quota: ${rule.name}, ${why}`, details)
    }
    case 'rewrite':
      return jsonPatch(object, rule.patch) as Json
    case 'dead_webhook':
      throw internal(
        `failed calling webhook "${rule.name}": failed to call webhook: Post "${rule.url}": connection refused`,
      )
  }
}
