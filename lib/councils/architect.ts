/** The architect's choice among the best: by its word where it gave one, else by the ranking. */
import type { Ranked } from './run.ts'

/** How many of the best the architect is shown when nobody says otherwise. */
export const TOP_K = 3

/** Those whom the architect may pick: the best `k`, without any that fails policy while another passes. */
export function finalists(ranking: readonly Ranked[], k: number): readonly Ranked[] {
  const passing = ranking.filter(({ policy_passed }) => policy_passed)
  return (passing.length > 0 ? passing : ranking).slice(0, k)
}

/** The winner's id. A choice outside of the finalists does not count. */
export function winnerOf(ranking: readonly Ranked[], chosen: string | undefined, k: number): string {
  const [best] = ranking
  const isFinalist = finalists(ranking, k).some(({ agent_id }) => agent_id === chosen)
  return isFinalist && chosen !== undefined ? chosen : (best?.agent_id ?? '')
}
