/** A run as a graph: nodes, edges, and where it stands. As JSON, or as Mermaid to look at. */
import type { Run } from './model.ts'
import { phaseOf, stateName } from './standing.ts'

export interface GraphNode {
  readonly id: string
  readonly kind: 'idle' | 'phase' | 'gate' | 'end'
  readonly name: string
  readonly status: 'done' | 'current' | 'open'
}

export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly event: string
}

export interface Graph {
  readonly feature_id: string
  readonly current: string
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

type Step = Omit<GraphNode, 'status'> & { readonly at: number }

export function graphOf(run: Run): Graph {
  const { workflow, definition } = run
  const current = stateName(workflow.state)
  const steps = stepsOf(run)
  const here =
    steps.find(({ id }) => id === current)?.at ?? phaseOf(workflow) + (workflow.state.kind === 'gate' ? 0.5 : 0)
  const nodes = steps.map(({ at, ...step }): GraphNode => {
    const behind = step.kind !== 'end' && at < here
    return { ...step, status: step.id === current ? 'current' : behind ? 'done' : 'open' }
  })
  return { feature_id: workflow.feature_id, current, nodes, edges: edgesOf(steps, definition.max_rework) }
}

function stepsOf({ definition }: Run): readonly Step[] {
  const middle = definition.phases.flatMap((phase, at): Step[] => {
    const own: Step = { id: `PHASE_${at + 1}`, kind: 'phase', name: phase.name, at }
    return phase.gate === undefined
      ? [own]
      : [own, { id: `GATE_${at + 1}`, kind: 'gate', name: phase.gate.name, at: at + 0.5 }]
  })
  const end = (id: string, name: string, at: number): Step => ({ id, kind: 'end', name, at })
  return [
    { id: 'IDLE', kind: 'idle', name: 'Not started', at: -1 },
    ...middle,
    end('DONE', 'Done', Infinity),
    end('FAILED', 'Failed', -1),
    end('CANCELLED', 'Cancelled', -1),
  ]
}

function edgesOf(steps: readonly Step[], maxRework: number): readonly GraphEdge[] {
  const way = steps.filter(({ id }) => id !== 'FAILED' && id !== 'CANCELLED')
  const onward = way.slice(0, -1).map((step, at): GraphEdge => {
    const event = { idle: 'start', phase: 'phase_complete', gate: 'approve', end: '' }[step.kind]
    return { from: step.id, to: way[at + 1]?.id ?? 'DONE', event }
  })
  const middle = way.filter(({ kind }) => kind === 'phase' || kind === 'gate')
  const aside = middle.flatMap(({ id, kind }): GraphEdge[] => {
    const cancel = { from: id, to: 'CANCELLED', event: 'cancel' }
    if (kind === 'phase') {
      const failed = { from: id, to: 'FAILED', event: 'phase_failed' }
      return [{ ...failed, to: id }, failed, { from: 'FAILED', to: id, event: 'retry' }, cancel]
    }
    const back = { from: id, to: id.replace('GATE', 'PHASE'), event: 'reject' }
    const tooOften = { from: id, to: 'FAILED', event: `reject (more than ${maxRework} times)` }
    return [back, tooOften, cancel]
  })
  return [...onward, ...aside]
}

/** The graph as a Mermaid state diagram. Names are a stranger's text: what could end a label is left out. */
export function mermaidOf({ nodes, edges, current }: Graph): string {
  const plain = (text: string) =>
    text
      .replace(/[^\p{L}\p{N} .,()/&+-]/gu, ' ')
      .replace(/\s+/g, ' ')
      .trim()
  const lines = [
    'stateDiagram-v2',
    ...nodes.map(({ id, name }) => `  state "${id}: ${plain(name)}" as ${id}`),
    '  [*] --> IDLE',
    ...edges.map(({ from, to, event }) => `  ${from} --> ${to}: ${plain(event)}`),
    '  DONE --> [*]',
    '  CANCELLED --> [*]',
    '  classDef current fill:#2563eb,color:#fff',
    '  classDef done fill:#16a34a,color:#fff',
    ...nodes.filter(({ status }) => status === 'done').map(({ id }) => `  class ${id} done`),
    `  class ${current} current`,
  ]
  return `${lines.join('\n')}\n`
}
