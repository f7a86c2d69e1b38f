/** The patterns of all rules as few: whether any of them matches, at the price of one look. */
import type { PolicyRules } from './rules.ts'

/** Rules are read once and used for every proposal. */
const known = new WeakMap<PolicyRules, readonly RegExp[]>()

/** True when the pattern of some rule matches in `text`. None refers back to a group: `patternOf` refuses that. */
export function anyMatches(rules: PolicyRules, text: string): boolean {
  const patterns = known.get(rules) ?? joinedOf([...rules.secrets, ...rules.forbidden].map(({ regex }) => regex))
  known.set(rules, patterns)
  return patterns.some((pattern) => pattern.test(text))
}

/** One pattern for each set of flags; those that cannot be joined, such as two with a group of one name, stay apart. */
function joinedOf(patterns: readonly RegExp[]): readonly RegExp[] {
  const byFlags = Map.groupBy(patterns, ({ flags }) => flags.replace('g', ''))
  return [...byFlags].flatMap(([flags, some]) => {
    const sources = some.map(({ source }) => source)
    try {
      return [new RegExp(sources.map((source) => `(?:${source})`).join('|'), flags)]
    } catch {
      return sources.map((source) => new RegExp(source, flags))
    }
  })
}
