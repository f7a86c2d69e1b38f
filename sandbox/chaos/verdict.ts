/** The claims that must hold after any number of kills, each judged on the evidence. */
import type { Evidence } from './evidence.ts'
import { branchOf } from './pulls.ts'
import type { Witness } from './witness.ts'

export interface Claim {
  readonly claim: string
  /** Empty when it holds. */
  readonly violations: readonly string[]
}

/** Ends a comment that says that the first generation of an issue is done. */
const MARKER = '<!-- coxswain:completed:1 -->'

export async function judge(
  numbers: readonly number[],
  evidence: Evidence,
  witness: Witness,
): Promise<readonly Claim[]> {
  const [items, issues, pulls, counts] = await Promise.all([
    evidence.items(),
    evidence.issues(),
    evidence.pulls(),
    evidence.counts(),
  ])
  const byNumber = Map.groupBy(items, ({ issue_number }) => issue_number)
  const looks = new Map(issues.map((look) => [look.number, look]))
  const comments = new Map<number, readonly string[]>()
  for (const number of numbers) comments.set(number, await evidence.comments(number))
  const accepted = witness.acknowledged()
  const each = (claim: string, problem: (number: number) => string | undefined): Claim => ({
    claim,
    violations: numbers.flatMap((number) => {
      const found = problem(number)
      return found === undefined ? [] : [`#${number}: ${found}`]
    }),
  })

  return [
    each('every issue is in the queue once, and completed', (number) => {
      const found = (byNumber.get(number) ?? []).map(({ status }) => status)
      return unless(found.join() === 'completed', `found ${found.join(', ') || 'nothing'}`)
    }),
    each('exactly one lease of every issue was allowed to complete it', (number) => {
      const tokens = [...(accepted.get(number) ?? [])]
      return unless(tokens.length === 1, `tokens ${tokens.join(', ') || 'none'}`)
    }),
    each('every issue has one pull request, and the queue names it', (number) => {
      const found = pulls.get(branchOf(number)) ?? []
      const named = byNumber.get(number)?.[0]?.pr_url
      return unless(found.length === 1 && found[0] === named, `on GitHub ${found.join(', ')}, in the queue ${named}`)
    }),
    each('every issue shows ai-completed and no other label of ours', (number) => {
      const labels = (looks.get(number)?.labels ?? []).filter((label) => label.startsWith('ai-'))
      return unless(labels.join() === 'ai-completed', `labels ${labels.join(', ') || 'none'}`)
    }),
    each('every issue has one comment, the one that says it is done', (number) => {
      const said = comments.get(number) ?? []
      const right = said.length === 1 && said[0]?.trimEnd().endsWith(MARKER)
      return unless(right === true, `${said.length} comments`)
    }),
    {
      claim: 'the counts of GET /health agree',
      violations: Object.entries({ pending: 0, in_progress: 0, completed: numbers.length, failed: 0 })
        .filter(([state, count]) => counts[state as keyof typeof counts] !== count)
        .map(([state, count]) => `${state} ${counts[state as keyof typeof counts]}, should be ${count}`),
    },
    { claim: 'no worker was told two things that cannot both be true', violations: witness.contradictions() },
  ]
}

function unless(holds: boolean, problem: string): string | undefined {
  return holds ? undefined : problem
}
