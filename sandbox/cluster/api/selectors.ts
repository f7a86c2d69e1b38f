/** Label and field selectors: which objects of a list are meant. */
import { badRequest } from '../http/status.ts'
import type { KubeObject } from './objects.ts'

type Test = (object: KubeObject) => boolean

const SET = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/
const EQUALITY = /^([^\s!=]+)\s*(==|=|!=)\s*([^\s!=]*)$/
const EXISTENCE = /^(!?)\s*([^\s!=]+)$/

/** `a=b,c!=d,e in (x,y),f notin (z),g,!h`; every part must hold. */
export function labelSelector(text: string): Test {
  const tests = parts(text).map(labelTest)
  return (object) => tests.every((test) => test(object))
}

function labelTest(part: string): Test {
  const value = (name: string) => (object: KubeObject) => object.metadata.labels?.[name]
  const [, inName, operator, list] = SET.exec(part) ?? []
  if (inName !== undefined && list !== undefined) {
    const wanted = list.split(',').map((one) => one.trim())
    const isIn: Test = (object) => wanted.includes(value(inName)(object) ?? '\0')
    return operator === 'in' ? isIn : (object) => !isIn(object)
  }
  const [, name, sign, right] = EQUALITY.exec(part) ?? []
  if (name !== undefined) return (object) => (value(name)(object) === right) !== (sign === '!=')
  const [, absent, label] = EXISTENCE.exec(part) ?? []
  if (label === undefined) throw badRequest(`unable to parse requirement: ${part}`)
  return (object) => (value(label)(object) === undefined) === (absent === '!')
}

const FIELDS: Readonly<Record<string, (object: KubeObject) => string>> = {
  'metadata.name': ({ metadata }) => metadata.name,
  'metadata.namespace': ({ metadata }) => metadata.namespace ?? '',
}

/** `metadata.name=x` and `metadata.namespace!=y`. */
export function fieldSelector(text: string): Test {
  const tests = parts(text).map((part): Test => {
    const [, name = '', sign, right] = EQUALITY.exec(part) ?? []
    const field = Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined
    if (field === undefined) throw badRequest(`field label not supported: ${name || part}`)
    return (object) => (field(object) === right) !== (sign === '!=')
  })
  return (object) => tests.every((test) => test(object))
}

/** Split at commas that are not within parentheses. */
function parts(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
