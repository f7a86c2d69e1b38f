/** How tests reach the control routes of the stand-ins that they start. */
export const CONTROL_TOKEN = 'control-token-of-a-test'

/** The headers that the control routes demand; none for other paths. */
export function controlHeaders(path: string): Record<string, string> {
  if (!path.includes('/_stand_in/')) return {}
  return { authorization: `Bearer ${CONTROL_TOKEN}`, 'content-type': 'application/json' }
}
