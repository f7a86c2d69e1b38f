/** Writes that GitHub refused too often, as `coxswain redrive` shows and repeats them. */
import { toTimestamp } from '#lib/clock'
import type { RefusedDebt } from '#lib/github/ports'
import type { Ledger } from '#lib/store/ledger'
import type { DeadLetterKind } from './dead-letters.ts'

const ID = /^([\w.-]+\/[\w.-]+)#(\d{1,10})$/

/** An id is the issue, e.g. `acme/shop#1`. */
export function debtLetters(ledger: Ledger): DeadLetterKind {
  const find = async (id: string): Promise<RefusedDebt | undefined> => {
    const key = keyOf(id)
    return key && (await ledger.refusedAmong([key]))[0]
  }
  return {
    what: 'labels and comments that GitHub refused too often',
    async list(limit) {
      const { items, cursor } = await ledger.listRefused({ limit })
      return { rows: items.map(rowOf), more: cursor !== undefined }
    },
    async show(id) {
      const found = await find(id)
      return found && { ...found.write, refused_at: toTimestamp(found.at) }
    },
    async redrive(id) {
      const key = keyOf(id)
      if (key === undefined || !(await ledger.redrive(key))) return undefined
      return 'It is owed to GitHub again; the next run of githubFlush tries it.'
    },
    async drop(id) {
      const key = keyOf(id)
      return key !== undefined && (await ledger.discard(key))
    },
  }
}

function rowOf({ write, at }: RefusedDebt) {
  const { repository, number, comments, labels_shown, state_label, trouble } = write
  const labels = labels_shown ? [] : [`label ${state_label ?? 'none'}`]
  const about = [...labels, ...comments.map(({ marker }) => `comment ${marker}`)].join(', ')
  return {
    ...{ id: `${repository}#${number}`, about, state: 'dead', since: toTimestamp(at) },
    error: trouble?.error ?? '',
  }
}

function keyOf(id: string) {
  const [, repository, number] = ID.exec(id) ?? []
  return repository === undefined ? undefined : { repository: repository.toLowerCase(), number: Number(number) }
}
