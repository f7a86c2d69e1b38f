/** What a token may do. A route names the scopes that may call it; nobody else gets in. */

/** `reader` looks, `operator` looks and intervenes, `worker` takes and reports work in its own name. */
export const SCOPES = ['reader', 'worker', 'operator'] as const
export type Scope = (typeof SCOPES)[number]

/**
 * True when one of the `held` scopes may call a route open to `allowed`. An operator may do everything a reader may;
 * nothing else is implied: a worker reads no lists, an operator reports no work.
 */
export function mayCall(allowed: readonly Scope[], held: readonly Scope[]): boolean {
  return allowed.some((scope) => held.includes(scope) || (scope === 'reader' && held.includes('operator')))
}

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text)
}
