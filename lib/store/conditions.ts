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

/** Nothing is there, or what is there is older than `version`. */
export function olderThan(version: number): Condition {
  return {
    expression: 'attribute_not_exists(pk) OR #version < :version',
    names: { '#version': 'version' },
    values: { ':version': version },
  }
}

/** A lock is free, or its holder is overdue. */
export function freeAt(now: number): Condition {
  return { expression: 'attribute_not_exists(pk) OR held_until < :now', values: { ':now': now } }
}

/** A named attribute still has this value. */
export function stillHas(attribute: string, value: unknown): Condition {
  return { expression: '#attribute = :value', names: { '#attribute': attribute }, values: { ':value': value } }
}

/** The SDK's form of a condition, asking for the item that stands in the way. */
export function conditionParams(condition: Condition | undefined) {
  if (condition === undefined) return {}
  return {
    ConditionExpression: condition.expression,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
    ...(condition.names && { ExpressionAttributeNames: { ...condition.names } }),
    ...(condition.values && { ExpressionAttributeValues: { ...condition.values } }),
  }
}
