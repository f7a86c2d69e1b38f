/** Labels of a repository: one per name whatever its case, made by their first use. */
import { type Ledger, labelKey, putLabel } from './ledger.ts'
import type { LabelRecord } from './model.ts'
import type { Put } from './tables.ts'

export interface LabelStore {
  labels(repository: number): readonly LabelRecord[]
  label(repository: number, name: string): LabelRecord | undefined
  createLabel(draft: Omit<LabelRecord, 'id'>): LabelRecord
}

/** The colour GitHub gives to a label that came into being by its first use. */
const NEW_LABEL_COLOR = 'ededed'

export function createLabels({ database }: Ledger): LabelStore {
  return {
    labels: (repository) => [...database.all('labels')].filter((row) => row.repository === repository),
    label: (repository, name) => database.get('labels', labelKey(repository, name)),
    createLabel(draft) {
      const record = { ...draft, id: database.nextId() }
      database.commit([putLabel(record)])
      return record
    },
  }
}

export interface Spelled {
  readonly names: readonly string[]
  /** Labels that have to be made for it. */
  readonly puts: readonly Put[]
}

/** The names as the repository spells them, each once. */
export function spellLabels({ database }: Ledger, repository: number, names: readonly string[]): Spelled {
  const found = new Map<string, string>()
  const puts: Put[] = []
  for (const name of names) {
    if (found.has(name.toLowerCase())) continue
    const known = database.get('labels', labelKey(repository, name))
    if (known === undefined) {
      puts.push(putLabel({ id: database.nextId(), repository, name, color: NEW_LABEL_COLOR, description: null }))
    }
    found.set(name.toLowerCase(), known?.name ?? name)
  }
  return { names: [...found.values()], puts }
}
