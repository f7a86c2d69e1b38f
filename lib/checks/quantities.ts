/** Quantities of resources (`250m`, `1.5Gi`, `1e3`), as k8s.io/apimachinery's resource.Quantity reads them. */

const QUANTITY = /^([+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30}))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?\d{1,3}))?$/
const DECIMAL = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E']
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']
const KILO = 1_000
const KIBI = 1_024

/** The number it stands for; undefined when it is none. Exact enough to be compared. */
export function quantityOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  const [, number, suffix = '', exponent] = typeof value === 'string' ? (QUANTITY.exec(value) ?? []) : []
  if (number === undefined) return undefined
  if (exponent !== undefined) return Number(number) * 10 ** Number(exponent)
  const binary = BINARY.indexOf(suffix)
  const factor = binary >= 0 ? KIBI ** (binary + 1) : KILO ** (DECIMAL.indexOf(suffix) - DECIMAL.indexOf(''))
  return Number(number) * factor
}
