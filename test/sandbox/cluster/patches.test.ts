import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KubeObject } from '#sandbox/cluster/api/objects'
import { decode, encode, fieldsIn, valueAt } from '#sandbox/cluster/patch/fields'
import { jsonPatch } from '#sandbox/cluster/patch/json-patch'
import { afterUpdate, applyFields } from '#sandbox/cluster/patch/managers'
import { mergePatch } from '#sandbox/cluster/patch/merge-patch'
import { strategicMerge } from '#sandbox/cluster/patch/strategic'

const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: true })

describe('a merge patch (RFC 7396, appendix A)', () => {
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j + %j = %j', (target, patch, result) => {
    expect(mergePatch(target, patch)).toEqual(result)
  })

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const once = mergePatch(target, patch)
        expect(mergePatch(once, patch)).toEqual(once)
      }),
    )
  })
})

describe('a JSON patch (RFC 6902, appendix A)', () => {
  it.each([
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
    [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
    [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['a'] }], { foo: ['bar', ['a']] }],
    [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
    [{ foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
    [{ baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
    [
      { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
    ],
    [{ a: ['x', 'y', 'z'] }, [{ op: 'move', from: '/a/0', path: '/a/2' }], { a: ['y', 'z', 'x'] }],
    [{ a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [{ 'm/n': 1 }, [{ op: 'replace', path: '/m~1n', value: 2 }], { 'm/n': 2 }],
    [{ a: 1 }, [{ op: 'replace', path: '', value: 2 }], 2],
  ])('%j after %j is %j', (target, patch, result) => {
    expect(jsonPatch(target, patch)).toEqual(result)
  })

  it.each([
    [{ a: 1 }, { op: 'add', path: '/b/c', value: 1 }],
    [{ a: 1 }, { op: 'remove', path: '/b' }],
    [{ a: 1 }, { op: 'replace', path: '/b', value: 1 }],
    [{ a: [1] }, { op: 'add', path: '/a/2', value: 1 }],
    [{ a: [1] }, { op: 'add', path: '/a/01', value: 1 }],
    [{ a: 1 }, { op: 'test', path: '/a', value: '1' }],
  ])('does not fit: %j after %j', (target, change) => {
    expect(() => jsonPatch(target, [change])).toThrow(
      expect.objectContaining({ status: expect.objectContaining({ code: 422 }) }),
    )
  })

  it.each(['x', { op: 'remove', path: '/a' }, [{ op: 'spin', path: '/a' }], [{ op: 'remove', path: 'a' }]])(
    'is none: %j',
    (patch) => {
      const refusal = expect.objectContaining({ status: expect.objectContaining({ code: 400 }) })
      expect(() => jsonPatch({ a: 1 }, patch)).toThrow(refusal)
    },
  )

  it('leaves what it is given as it is', () => {
    fc.assert(
      fc.property(json, json, (target, value) => {
        const before = structuredClone(target)
        jsonPatch(target, [{ op: 'replace', path: '', value }])
        expect(target).toEqual(before)
      }),
    )
  })
})

describe('a strategic merge patch', () => {
  const pod = {
    containers: [
      { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
      { name: 'b', image: 'b:1' },
    ],
  }

  it.each([
    ['merges items by key', { containers: [{ name: 'a', image: 'a:2' }] }, ['a:2', 'b:1']],
    ['adds an item', { containers: [{ name: 'c', image: 'c:1' }] }, ['a:1', 'b:1', 'c:1']],
    ['deletes an item', { containers: [{ name: 'a', $patch: 'delete' }] }, ['b:1']],
    ['replaces the list', { containers: [{ $patch: 'replace' }, { name: 'z', image: 'z:1' }] }, ['z:1']],
    [
      'orders items',
      { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'a', image: 'a:2' }] },
      ['b:1', 'a:2'],
    ],
  ])('%s', (_, patch, images) => {
    const merged = strategicMerge(pod, patch) as typeof pod

    expect(merged.containers.map(({ image }) => image)).toEqual(images)
  })

  it('merges within an item, takes null for away, and knows its other directives', () => {
    const env = [{ name: 'Y', value: '2' }]
    expect(strategicMerge(pod, { containers: [{ name: 'a', image: null, env }] })).toMatchObject({
      containers: [{ name: 'a', env: [{ name: 'X' }, { name: 'Y' }] }, {}],
    })
    expect(strategicMerge({ a: { b: 1 } }, { a: { $patch: 'replace', c: 2 } })).toEqual({ a: { c: 2 } })
    expect(strategicMerge({ a: { b: 1 }, d: 1 }, { a: { $patch: 'delete' } })).toEqual({ d: 1 })
    expect(strategicMerge({ s: { a: 1, b: 2 } }, { s: { $retainKeys: ['b'], b: 3 } })).toEqual({ s: { b: 3 } })
    expect(
      strategicMerge({ finalizers: ['a', 'b'] }, { '$deleteFromPrimitiveList/finalizers': ['a'], finalizers: ['c'] }),
    ).toEqual({ finalizers: ['b', 'c'] })
  })
})

describe('managed fields', () => {
  const who = (manager: string) => ({ manager, apiVersion: 'batch/v1', time: '2026-01-05T08:00:00Z' })
  const objectOf = (spec: object, managedFields: KubeObject['metadata']['managedFields'] = []): KubeObject => ({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'a', uid: '1', resourceVersion: '1', creationTimestamp: '', managedFields },
    spec,
  })
  const spec = fc.dictionary(
    fc.constantFrom('a', 'b', 'containers', 'env'),
    fc.oneof(
      fc.integer(),
      fc.dictionary(fc.constantFrom('x', 'y'), fc.integer()),
      fc.uniqueArray(fc.record({ name: fc.constantFrom('n', 'm'), image: fc.integer() }), {
        selector: ({ name }) => name,
      }),
    ),
  )

  const isEmpty = (value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0

  it('are written and read back as they were', () => {
    fc.assert(
      fc.property(spec, (one) => {
        const fields = fieldsIn({ spec: one })
        expect([...decode(encode(fields)).keys()].sort()).toEqual([...fields.keys()].sort())
      }),
    )
  })

  it('find in the object what they name', () => {
    fc.assert(
      fc.property(spec, (one) => {
        for (const path of fieldsIn({ spec: one }).values()) expect(valueAt({ spec: one }, path)).toBeDefined()
      }),
    )
  })

  it('of a forced apply make everything it says true, and a second one changes nothing', () => {
    fc.assert(
      fc.property(spec, spec, (before, wanted) => {
        const made = objectOf(before)
        const live = objectOf(before, afterUpdate(undefined, made, who('them')))
        const { object, managedFields } = applyFields(live, { spec: wanted }, who('us'), true)
        for (const path of fieldsIn({ spec: wanted }).values()) {
          const value = valueAt({ spec: wanted }, path)
          // An item, and an object with nothing in it, only have to be there.
          if (path.at(-1)?.startsWith('k:') || isEmpty(value)) expect(valueAt(object, path)).toBeDefined()
          else expect(valueAt(object, path)).toEqual(value)
        }
        const again = { ...(object as KubeObject), metadata: { ...live.metadata, managedFields } }
        const second = applyFields(again, { spec: wanted }, who('us'), false)
        expect({ ...(second.object as KubeObject), metadata: null }).toEqual({ ...again, metadata: null })
      }),
    )
  })

  it('pass to whoever changes them', () => {
    const first = objectOf({ schedule: 'a', suspend: false })
    const live = objectOf({ schedule: 'a', suspend: false }, afterUpdate(undefined, first, who('them')))

    const changed = afterUpdate(live, objectOf({ schedule: 'b', suspend: false }), who('us'))

    expect(changed.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
      ['them', { 'f:spec': { 'f:suspend': {} } }],
      ['us', { 'f:spec': { 'f:schedule': {} } }],
    ])
  })
})
