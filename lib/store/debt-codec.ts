/** Debts to GitHub as items of the table, and how two debts of one issue become one. */
import * as z from 'zod'
import type { OnUnreadable, OwedWrite, RefusedDebt, Standing } from '#lib/github/ports'
import type { Item, Key } from './table.ts'

const trouble = z.object({
  refusals: z.number(),
  failures: z.number(),
  not_before: z.number(),
  error: z.string(),
  since: z.number(),
})

const debt = z.object({
  repository: z.string(),
  number: z.number(),
  generation: z.number(),
  version: z.number(),
  state_label: z.string().nullable().default(null),
  remove_labels: z.array(z.string()),
  comments: z.array(z.object({ marker: z.string(), text: z.string() })),
  begun: z.boolean(),
  owed_since: z.number(),
  labels_shown: z.boolean().optional(),
  trouble: trouble.optional(),
})

const refused = debt.extend({ refused_at: z.number(), seq: z.number() })

const standing = z.object({
  at: z.number(),
  owed: z.number(),
  oldest: z.number().nullable(),
  rests: z.record(
    z.string(),
    z.object({ refusals: z.number(), until: z.number(), error: z.string(), since: z.number() }),
  ),
  retrying: z.number(),
  refused: z.number(),
  named: z.array(z.object({ repository: z.string(), number: z.number(), error: z.string() })),
  unreadable: z.array(z.string()).optional(),
})

/** `seq` rises with each time the debt was set aside. */
export type StoredRefusal = RefusedDebt & { readonly seq: number }

export function encodeDebt(key: Key, kind: string, write: OwedWrite): Item {
  return {
    ...key,
    kind,
    ...write,
    remove_labels: [...write.remove_labels],
    comments: write.comments.map((comment) => ({ ...comment })),
  }
}

export function decodeDebt(item: Item): OwedWrite {
  return debt.parse(item)
}

export function encodeRefusal(key: Key, { write, at, seq }: StoredRefusal): Item {
  return { ...encodeDebt(key, REFUSAL, write), refused_at: at, seq }
}

export function decodeRefusal(item: Item): StoredRefusal {
  const { refused_at, seq, ...write } = refused.parse(item)
  return { write, at: refused_at, seq }
}

export const REFUSAL = 'refused_debt'

/** The items that can be read. One that cannot, e.g. of a newer version, is told and holds up none of the others. */
export function readable<T>(
  items: readonly Item[],
  decode: (item: Item) => T,
  onUnreadable: OnUnreadable = () => undefined,
): readonly T[] {
  return items.flatMap((item) => {
    try {
      return [decode(item)]
    } catch {
      onUnreadable(item.sk)
      return []
    }
  })
}

export function decodeStanding(item: Item): Standing {
  return standing.parse(item)
}

/** The debt after `write` is added to what is owed already. A newer state is tried at once, however the older one fared. */
export function merged(before: OwedWrite | undefined, write: OwedWrite): OwedWrite {
  if (before === undefined) return write
  const known = new Set(before.comments.map(({ marker }) => marker))
  const fresh = write.comments.filter(({ marker }) => !known.has(marker))
  if (write.version <= before.version && fresh.length === 0) return before
  const comments = [...before.comments, ...fresh]
  if (write.version <= before.version) return { ...before, comments }
  const { version, generation, state_label, remove_labels, labels_shown } = write
  const { trouble: _, ...kept } = before
  const later = before.trouble && { ...before.trouble, not_before: 0 }
  return {
    ...kept,
    version,
    generation,
    state_label,
    remove_labels,
    labels_shown,
    comments,
    ...(later && { trouble: later }),
  }
}
