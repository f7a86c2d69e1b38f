/** Takes a webhook in: checks it, keeps what it asks for once, and answers; the work is done behind the table's stream. */
import type { Clock } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { DeliveryStore } from '#lib/queue/deliveries'
import { deliveryOf, type Verify } from './webhook.ts'

export interface ReceivePorts {
  /** Left out, no webhook is taken: none is believed unsigned. */
  readonly verify?: Verify | undefined
  readonly deliveries: DeliveryStore
  readonly repositories: () => Promise<readonly string[]>
  readonly parse: (text: string) => unknown
  readonly clock: Clock
}

/** A request as it came. */
export interface Received {
  readonly body: Buffer
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly correlation_id: string
}

/** `repeated`: this delivery is known. `ignored`: it is nothing to us. */
export interface Receipt {
  readonly status: 'accepted' | 'repeated' | 'ignored'
}

const DELIVERY_ID = /^[A-Za-z0-9-]{1,64}$/

export function createReceive({ verify, deliveries, repositories, parse, clock }: ReceivePorts) {
  return async function receive({ body, headers, correlation_id }: Received): Promise<Receipt> {
    if (verify === undefined) {
      throw new AppError(
        'not_found',
        'Webhooks are not configured here: set GITHUB_WEBHOOK_SECRET. Polls go on without.',
      )
    }
    await verify(body, headers['x-hub-signature-256'])
    const { id, event } = namesIn(headers)
    const delivery = deliveryOf(event, id, parse(body.toString('utf8')))
    if (delivery === undefined) return { status: 'ignored' }
    const { repository } = delivery.kind === 'review' ? delivery.fact : delivery
    if (!(await repositories()).includes(repository)) return { status: 'ignored' }
    const isNew = await deliveries.keep(delivery, correlation_id, clock.now())
    return { status: isNew ? 'accepted' : 'repeated' }
  }
}

/** What the headers say of a webhook that is GitHub's. */
function namesIn(headers: Received['headers']): { readonly id: string; readonly event: string } {
  const { 'x-github-delivery': id = '', 'x-github-event': event = '', 'content-type': type = '' } = headers
  if (!DELIVERY_ID.test(id)) throw wrongHeader('X-GitHub-Delivery', 'must be the id of the delivery')
  if (event === '') throw wrongHeader('X-GitHub-Event', 'must name the event')
  if (/^application\/x-www-form-urlencoded/i.test(type)) {
    throw new AppError('unsupported_media_type', 'Set the content type of the webhook to application/json.')
  }
  return { id, event }
}

function wrongHeader(path: string, message: string): AppError {
  return new AppError('invalid', `${path} ${message}.`, { errors: [{ path, message }] })
}
