/** The conditions of the table's writes, each under the name of what it means. */

export interface Condition {
  readonly expression: string
  readonly names?: Readonly<Record<string, string>>
  readonly values?: Readonly<Record<string, unknown>>
}

/** Nothing lives under this key yet. */
export const absent: Condition = { expression: 'attribute_not_exists(pk)' }

/** The item is as it was when it was read: `version` has not moved. 0 means it was not there. */
export function unchangedSince(version: number): Condition {
  if (version === 0) return absent
  return { expression: '#version = :version', names: { '#version': 'version' }, values: { ':version': version } }
}

/** Nothing is there, or nothing newer than `version`. */
export function notNewerThan(version: number): Condition {
  return {
    expression: 'attribute_not_exists(pk) OR #version <= :version',
    names: { '#version': 'version' },
    values: { ':version': version },
  }
}

/** The item is a job leased to this worker by this token, and the lease lives at `now`. */
export function leaseHeld(worker: string, token: number, now: number): Condition {
  return {
    expression: '#state = :leased AND lease.#worker = :worker AND lease.#token = :token AND lease.expires_at > :now',
    names: { '#state': 'state', '#worker': 'worker', '#token': 'token' },
    values: { ':leased': 'leased', ':worker': worker, ':token': token, ':now': now },
  }
}

/** A named attribute still has this value. */
export function stillHas(attribute: string, value: unknown): Condition {
  return { expression: '#attribute = :value', names: { '#attribute': attribute }, values: { ':value': value } }
}

/** A named number is not there, or lower than `value`. */
export function raises(attribute: string, value: number): Condition {
  return {
    expression: 'attribute_not_exists(#attribute) OR #attribute < :value',
    names: { '#attribute': attribute },
    values: { ':value': value },
  }
}

/** A debt is as it was read: no newer version, no comment more; with `begun` given, no try begun since either. */
export function debtStands(debt: { version: number; comments: readonly unknown[]; begun?: boolean }): Condition {
  const parts = ['#version = :was', 'size(comments) = :count', ...(debt.begun === undefined ? [] : ['begun = :begun'])]
  return {
    expression: parts.join(' AND '),
    names: { '#version': 'version' },
    values: {
      ':was': debt.version,
      ':count': debt.comments.length,
      ...(debt.begun !== undefined && { ':begun': debt.begun }),
    },
  }
}

interface ConditionParams {
  readonly ConditionExpression?: string
  readonly ReturnValuesOnConditionCheckFailure?: 'ALL_OLD'
  readonly ExpressionAttributeNames?: Record<string, string>
  readonly ExpressionAttributeValues?: Record<string, unknown>
}

/** The SDK's form of a condition, asking for the item that stands in the way. */
export function conditionParams(condition: Condition | undefined): ConditionParams {
  if (condition === undefined) return {}
  return {
    ConditionExpression: condition.expression,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    ...(condition.names && { ExpressionAttributeNames: { ...condition.names } }),
    ...(condition.values && { ExpressionAttributeValues: { ...condition.values } }),
  }
}

/** Attributes to replace, numbers to add to (0 when absent), attributes to drop. */
export interface Change {
  readonly set: Readonly<Record<string, unknown>>
  readonly add?: Readonly<Record<string, number>>
  readonly drop?: readonly string[]
}

/**
 * The SDK's form of a change under a condition. Every attribute is named by a placeholder, reserved word or not, and by
 * another one than in the condition: that may ask for the old value of what is set anew.
 */
export function changeParams(change: Change, condition: Condition | undefined) {
  const set = Object.entries(change.set)
  const add = Object.entries(change.add ?? {}).filter(([, value]) => value !== 0)
  const drop = change.drop ?? []
  const guard = conditionParams(condition)
  const clauses = [
    set.length > 0 && `SET ${set.map(([name]) => `#to_${name} = :to_${name}`).join(', ')}`,
    add.length > 0 && `ADD ${add.map(([name]) => `#to_${name} :to_${name}`).join(', ')}`,
    drop.length > 0 && `REMOVE ${drop.map((name) => `#to_${name}`).join(', ')}`,
  ]
  const names = [...set.map(([name]) => name), ...add.map(([name]) => name), ...drop]
  return {
    ...guard,
    UpdateExpression: clauses.filter((clause) => clause !== false).join(' '),
    ExpressionAttributeNames: { ...guard.ExpressionAttributeNames, ...namesOf(names) },
    ExpressionAttributeValues: { ...guard.ExpressionAttributeValues, ...valuesOf([...set, ...add]) },
  }
}

function namesOf(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`#to_${name}`, name]))
}

function valuesOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([name, value]) => [`:to_${name}`, value]))
}
