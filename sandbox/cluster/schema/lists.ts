/** Which lists are maps in disguise: their items are told apart by these fields, and merged one by one. */

export interface ListRule {
  /** By what a strategic merge tells items apart. */
  readonly mergeKey: string
  /** By what a server-side apply does. */
  readonly keys: readonly string[]
  /** Its items are managed as a whole, not field by field. */
  readonly atomic?: boolean
}

const by = (mergeKey: string, ...more: readonly string[]): ListRule => ({ mergeKey, keys: [mergeKey, ...more] })

/** By the name of the field that holds the list; all others are replaced as a whole. */
const RULES: Readonly<Record<string, ListRule>> = {
  containers: by('name'),
  initContainers: by('name'),
  ephemeralContainers: by('name'),
  env: by('name'),
  ports: by('containerPort', 'protocol'),
  volumes: by('name'),
  volumeMounts: by('mountPath'),
  volumeDevices: by('devicePath'),
  imagePullSecrets: { ...by('name'), atomic: true },
  hostAliases: by('ip'),
  topologySpreadConstraints: by('topologyKey', 'whenUnsatisfiable'),
  resourceClaims: by('name'),
  ownerReferences: by('uid'),
}

/** A key that may be left out, and what it is then. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' }

/** True for a list of texts in which each stands once. */
export function isSet(field: string): boolean {
  return field === 'finalizers'
}

export function listRule(field: string): ListRule | undefined {
  return Object.hasOwn(RULES, field) ? RULES[field] : undefined
}

export function keyOf(item: Readonly<Record<string, unknown>>, key: string): unknown {
  return item[key] ?? KEY_DEFAULTS[key]
}
