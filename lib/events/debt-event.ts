/** A write that GitHub refused too often, as the event that tells of it. Pure. */
import * as z from 'zod'
import { toTimestamp } from '#lib/clock'
import type { RefusedDebt } from '#lib/github/ports'

export const debtEnvelope = z.object({
  event_id: z.string(),
  event_type: z.literal('DEBT_REFUSED'),
  timestamp: z.iso.datetime(),
  correlation_id: z.string(),
  entity: z.object({ kind: z.literal('debt'), id: z.string() }),
  seq: z.int().positive(),
  repository: z.string(),
  issue_number: z.int().positive(),
  /** How often GitHub refused it. */
  tries: z.int().nonnegative(),
  /** GitHub's reason, newest. */
  error: z.string(),
})

export type DebtEvent = z.infer<typeof debtEnvelope>

/** Made from the item that appears when a debt is set aside, so that each time is told once. */
export function debtEventOf({ write, at }: RefusedDebt): DebtEvent {
  const { repository, number, trouble } = write
  const id = `${repository}#${number}`
  const event_id = `debt:${id}:${at}`
  return {
    event_id,
    event_type: 'DEBT_REFUSED',
    timestamp: toTimestamp(at),
    correlation_id: event_id,
    entity: { kind: 'debt', id },
    // An item that is set aside, redriven and set aside again starts anew: its time tells the order.
    seq: at,
    repository,
    issue_number: number,
    tries: trouble?.refusals ?? 0,
    error: trouble?.error ?? '',
  }
}
