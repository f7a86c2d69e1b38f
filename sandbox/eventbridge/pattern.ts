/**
 * Event patterns, as EventBridge matches them: every field named must match, by one of its alternatives. Held against
 * recorded answers of Amazon's own matcher (test/recordings/eventbridge).
 */
import { BlockList, isIP } from 'node:net'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }
export type JsonObject = { readonly [name: string]: Json }

/** A pattern, or what is wrong with it. */
export type Checked = { readonly ok: true } | { readonly ok: false; readonly problem: string }

/** Judges the values of a field; a field that is absent has none. */
type Test = (values: readonly Json[]) => boolean

const OPERATORS: Readonly<Record<string, (operand: Json) => Test | undefined>> = {
  prefix: (operand) => textTest(operand, (value, wanted) => value.startsWith(wanted)),
  suffix: (operand) => textTest(operand, (value, wanted) => value.endsWith(wanted)),
  'equals-ignore-case': (operand) => textTest(operand, (value, wanted) => value.toLowerCase() === wanted.toLowerCase()),
  wildcard: (operand) =>
    typeof operand === 'string' && !operand.includes('**')
      ? some((value) => matchesWildcard(value, operand))
      : undefined,
  exists: (operand) => (typeof operand === 'boolean' ? (values) => values.length > 0 === operand : undefined),
  numeric: numericTest,
  'anything-but': anythingBut,
  cidr: cidrTest,
}

/** True when the event has everything the pattern asks for. A pattern that is none matches nothing. */
export function matches(pattern: JsonObject, event: JsonObject): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    if (name === '$or') return isList(wanted) && wanted.some((one) => isObject(one) && matches(one, event))
    const value = Object.hasOwn(event, name) ? event[name] : undefined
    if (isList(wanted)) return wanted.some((one) => testOf(one)?.(valuesOf(value)) ?? false)
    // Lists of objects match when one of them does.
    if (isObject(wanted)) return objectsOf(value).some((one) => matches(wanted, one))
    return false
  })
}

/** Whether EventBridge would take this pattern, as far as this stand-in knows. */
export function checkPattern(pattern: unknown, path = ''): Checked {
  if (!isObject(pattern as Json)) return { ok: false, problem: `${path || 'the pattern'} is no object` }
  const fields = Object.entries(pattern as JsonObject)
  if (fields.length === 0) return { ok: false, problem: `${path || 'the pattern'} is an empty object` }
  for (const [name, wanted] of fields) {
    const checked = checkField(wanted, path === '' ? name : `${path}.${name}`, name === '$or')
    if (!checked.ok) return checked
  }
  return { ok: true }
}

function checkField(wanted: Json, path: string, isChoice: boolean): Checked {
  if (!isList(wanted)) {
    return isObject(wanted) ? checkPattern(wanted, path) : { ok: false, problem: `${path} must be a list or an object` }
  }
  if (wanted.length === 0) return { ok: false, problem: `${path} is an empty list` }
  if (isChoice && wanted.length < 2) return { ok: false, problem: `${path} needs two alternatives` }
  if (isChoice) return wanted.map((one) => checkPattern(one, path)).find((one) => !one.ok) ?? { ok: true }
  return wanted.every((one) => testOf(one) !== undefined)
    ? { ok: true }
    : { ok: false, problem: `${path} holds an operator that is not known` }
}

/** The test of one alternative: a plain value, or an object with one operator. */
function testOf(wanted: Json): Test | undefined {
  if (isList(wanted)) return undefined
  if (!isObject(wanted)) return some((value) => value === wanted)
  const [[name, operand] = ['', null], ...others] = Object.entries(wanted)
  if (others.length > 0 || !Object.hasOwn(OPERATORS, name)) return undefined
  return OPERATORS[name]?.(operand)
}

const some =
  (test: (value: Json) => boolean): Test =>
  (values) =>
    values.some(test)

/** A text against a text; in an object it may ask to ignore case. */
function textTest(operand: Json, test: (value: string, wanted: string) => boolean): Test | undefined {
  if (typeof operand === 'string') return some((value) => typeof value === 'string' && test(value, operand))
  const folded = isObject(operand) ? operand['equals-ignore-case'] : undefined
  if (typeof folded !== 'string') return undefined
  return some((value) => typeof value === 'string' && test(value.toLowerCase(), folded.toLowerCase()))
}

/** A star stands for any text. Walked through rather than made a regular expression, which could be made to take ages. */
export function matchesWildcard(value: Json, wildcard: string): boolean {
  if (typeof value !== 'string') return false
  const [first = '', ...rest] = wildcard.split('*')
  const last = rest.pop()
  if (last === undefined) return value === first
  if (!value.startsWith(first) || value.length < first.length + last.length || !value.endsWith(last)) return false
  let from = first.length
  const end = value.length - last.length
  for (const part of rest) {
    const at = value.indexOf(part, from)
    if (at < 0 || at + part.length > end) return false
    from = at + part.length
  }
  return true
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '=': (value, bound) => value === bound,
  '>=': (value, bound) => value >= bound,
  '>': (value, bound) => value > bound,
}

/** One comparison, or a range: its lower bound first. */
const RANGE = /^(?:<|<=|=|>=|>|>=?,<=?)$/

/** `[">", 0, "<=", 5]`: all comparisons hold. */
function numericTest(operand: Json): Test | undefined {
  if (!isList(operand) || operand.length % 2 !== 0) return undefined
  if (!RANGE.test(operand.filter((_, at) => at % 2 === 0).join())) return undefined
  const tests: ((value: number) => boolean)[] = []
  for (let at = 0; at < operand.length; at += 2) {
    const compare = COMPARISONS[String(operand[at])]
    const bound = operand[at + 1]
    if (compare === undefined || typeof bound !== 'number') return undefined
    tests.push((value) => compare(value, bound))
  }
  return some((value) => typeof value === 'number' && tests.every((test) => test(value)))
}

/** Present, and none of these: values, or what an operator on text picks. */
function anythingBut(operand: Json): Test | undefined {
  const alternatives = isList(operand) ? operand : [operand]
  if (alternatives.some((one) => one === null || typeof one === 'boolean')) return undefined
  const tests = alternatives.flatMap((one) => (isObject(one) ? pickedBy(one) : [testOf(one)]))
  if (tests.length === 0 || tests.some((test) => test === undefined)) return undefined
  return some((value) => tests.every((test) => test?.([value]) === false))
}

/** An operator on text, which within `anything-but` may have a list of texts. */
function pickedBy(operator: JsonObject): readonly (Test | undefined)[] {
  return Object.entries(operator).flatMap(([name, operand]) => {
    if (!['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(name)) return [undefined]
    return (isList(operand) ? operand : [operand]).map((one) => testOf({ [name]: one }))
  })
}

/** Addresses of a block, e.g. `10.0.0.0/24`. */
function cidrTest(operand: Json): Test | undefined {
  const [address = '', prefix = ''] = typeof operand === 'string' ? operand.split('/') : []
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(address) === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 'ipv6' ? 128 : 32))
    return undefined
  const block = new BlockList()
  block.addSubnet(address, Number(prefix), family)
  return some((value) => typeof value === 'string' && isIP(value) > 0 && block.check(value, family))
}

/** A list in the event stands for each of its members. Only leaves have a value: an object does not even exist. */
function valuesOf(value: Json | undefined): readonly Json[] {
  return membersOf(value).filter((one) => !isObject(one))
}

function membersOf(value: Json | undefined): readonly Json[] {
  if (value === undefined) return []
  return isList(value) ? value : [value]
}

function objectsOf(value: Json | undefined): readonly JsonObject[] {
  // An absent object is asked as an empty one, so that `exists: false` below it can be true.
  if (value === undefined) return [{}]
  return membersOf(value).filter(isObject)
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
const isObject = (value: Json): value is JsonObject => typeof value === 'object' && value !== null && !isList(value)
