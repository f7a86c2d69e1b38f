/** The arithmetic of learned adjustments: means, slopes and rounding, free of the noise of binary fractions. */

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Nine decimals: what is left of sums like 0.1 + 0.2 must not decide on which side of a threshold a value lies. */
export function tidy(value: number): number {
  return Number(value.toFixed(9))
}

/**
 * Rounded to `decimals`, a tie to the even neighbour (2.5 → 2, 3.5 → 4, 0.125 → 0.12). A double lies exactly between two
 * decimals only if it is an odd multiple of 2^-(decimals + 1); every other one is rounded by its exact value.
 */
export function halfEven(value: number, decimals = 0): number {
  const isTie = Math.abs(value * 2 ** (decimals + 1)) % 2 === 1
  if (!isTie) return Number(value.toFixed(decimals)) + 0
  const scale = 10 ** decimals
  const lower = Math.floor(value * scale)
  return (lower % 2 === 0 ? lower : lower + 1) / scale + 0
}

/** Slope of the least-squares line through the values at 0, 1, 2, …; 0 when there are fewer than two. */
export function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const average = mean(values)
  let across = 0
  let along = 0
  for (const [at, value] of values.entries()) {
    across += (at - middle) * (value - average)
    along += (at - middle) ** 2
  }
  return along === 0 ? 0 : tidy(across / along)
}

/** Standard deviation by mean: 0 when all are equal, above 1 when a few have nearly all. 0 for nothing. */
export function coefficientOfVariation(values: readonly number[]): number {
  const average = mean(values)
  if (average === 0) return 0
  const variance = mean(values.map((value) => (value - average) ** 2))
  return Math.sqrt(variance) / average
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
