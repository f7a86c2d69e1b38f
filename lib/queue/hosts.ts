/** The machines that workers run on, and what looking at one of them finds. */

/** A host as it is configured. */
export interface Host {
  /** The worker that runs on it; null when its last address tells. */
  readonly worker: string | null
  /** A name or an address, without brackets. */
  readonly address: string
  readonly port: number
}

/** What a look at a host found. `detail` is a sentence for people. */
export type Finding =
  /** The worker's unit runs. */
  | { readonly kind: 'active'; readonly detail: string }
  /** The host answers, but the unit does not run. */
  | { readonly kind: 'inactive'; readonly detail: string }
  /** Nothing answers, or nothing that speaks SSH. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** Something answers, but its host key, our user key or its answer is wrong: nothing is known of the unit. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** The deadline came before its turn. */
  | { readonly kind: 'unchecked'; readonly detail: string }

export interface HostProbe {
  /** The service that is asked for. */
  readonly unit: string
  /** Looks at one host, within its own limits and until `signal`. Never throws for what the host does. */
  check(host: Host, signal: AbortSignal): Promise<Finding>
  /** The last lines of the unit's log. Throws `upstream_unavailable` with the reason when the host does not give them. */
  logs(host: Host, lines: number, signal: AbortSignal): Promise<readonly string[]>
}

const SSH_PORT = 22

/** One name for one place: the address, and the port where it is not SSH's own. */
export function placeOf({ address, port }: Pick<Host, 'address' | 'port'>): string {
  if (port === SSH_PORT) return address
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}
