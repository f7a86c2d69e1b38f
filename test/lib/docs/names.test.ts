/** What generators of clients need of the description: every object has a name, and unions can be told apart. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

type Node = Readonly<Record<string, unknown>>

const { paths, components } = JSON.parse(
  readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'),
) as { readonly paths: Node; readonly components: { readonly schemas: Readonly<Record<string, Node>> } }

/** Objects whose members their owner names, so that a schema can name none. */
const FREE = [
  // A text of the caller's own, or of an agent's, under names of its own.
  'CheckResult.details',
  'ConsultRequest.context.anyOf.1',
  'CouncilConfig.custom_params.anyOf.0',
  'OrchestratorMetadata.tags',
  'OrchestratorOptions.custom_params.anyOf.0',
  'RunStartRequest.context.anyOf.0',
  'TaskConstraints.metadata.anyOf.0',
  'TranscriptTask.metadata',
  'Workflow.context',
  'WorkflowStartRequest.context',
  // By role, by state, by subject.
  'OrchestratorStats.role_counts',
  'ProjectDecisions.intelligence_adjustments',
  'StoredDecision.intelligence_adjustments',
  'WorkflowsPage.counts',
  // The evidence differs with its source; Chronicle keeps it as it is.
  'Adjustment.evidence_details',
  'StoredDecision.intelligence_recommendations.items',
]

/** Objects below this node that are no component, by the way to them. */
function objectsIn(node: unknown, way: string): readonly string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) => {
    if (key === 'examples' || key === 'example') return []
    const here = key === 'properties' ? way : `${way}.${key}`
    const isObject = (value as Node | null)?.['type'] === 'object'
    return [...(isObject ? [here] : []), ...objectsIn(value, here)]
  })
}

const members = Object.entries(components.schemas).flatMap(([name, schema]) => objectsIn(schema, name))

describe('every object of the description', () => {
  it('is a component with a name, or one whose members have no names of ours', () => {
    expect(members.toSorted()).toEqual(FREE.toSorted())
    expect(objectsIn(paths, 'paths')).toEqual([])
  })
})

describe('every union of objects', () => {
  const unions = Object.entries(components.schemas).flatMap(([name, { oneOf }]) =>
    Array.isArray(oneOf) ? [{ name, options: oneOf as { readonly $ref: string }[] }] : [],
  )

  it('is a choice of named components', () => {
    expect(unions.map(({ name }) => name)).toContain('Work')
    for (const { options } of unions) expect(options.filter(({ $ref }) => $ref === undefined)).toEqual([])
  })

  it.each(unions)('$name: its members differ in a constant that each demands', ({ options }) => {
    const marks = options.map(({ $ref }) => constantsOf(components.schemas[$ref.split('/').at(-1) ?? '']))
    expect(new Set(marks.map((mark) => JSON.stringify(mark))).size).toBe(options.length)
    // One member may have none: it comes last, after those that are known by theirs.
    expect(marks.slice(0, -1).filter((mark) => mark.length === 0)).toEqual([])
  })
})

function constantsOf(schema: Node | undefined): readonly (readonly [string, unknown])[] {
  const required = (schema?.['required'] ?? []) as readonly string[]
  return Object.entries((schema?.['properties'] ?? {}) as Readonly<Record<string, Node>>)
    .filter(([name, one]) => 'const' in one && required.includes(name))
    .map(([name, one]) => [name, one['const']])
}
