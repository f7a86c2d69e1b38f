/** What it means that nothing came back. */
import { type Unheard, unheard } from './backend.ts'
import { reasonOf } from './outgoing.ts'

/** Says which vendor and why, in our words alone. `signal` is the one of the request. */
export function unheardOf(vendor: string, error: unknown, signal: AbortSignal): Unheard {
  if (signal.aborted) return stopped(vendor, signal)
  switch (reasonOf(error)) {
    case 'too_large':
      return unheard('too_large', `${vendor} answers with more than may be read and was cut off.`)
    case 'forbidden':
      return unheard('unavailable', `${vendor} is at an address that is not allowed (see ALLOW_PRIVATE_URLS).`)
    default:
      return unheard('unavailable', `${vendor} does not answer.`, { repeat: true, outage: true })
  }
}

/** The request was ended by us: because time ran out, or because the caller went away. */
export function stopped(vendor: string, signal: AbortSignal): Unheard {
  const { reason } = signal
  const late = reason instanceof Error && reason.name === 'TimeoutError'
  return late ? timedOut(vendor) : unheard('cancelled', `The call to ${vendor} was cancelled.`)
}

/** `outage`: it had the whole time that we give a call, so that its silence is a fault of its own. */
export function timedOut(vendor: string, outage = false): Unheard {
  return unheard('timeout', `${vendor} did not answer in time.`, { outage })
}
