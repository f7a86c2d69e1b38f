/** What a run says about answers that are not what they seem: cut off, or given by another model than the agent's own. */
import type { CheckSuite, MarkKind } from './model.ts'
import type { Output } from './run.ts'

/** Characters of a tag. */
const TAG_MAX = 500

/** Tags `truncated` (agents whose newest text is cut off) and `fallbacks` (who answered for whom, and why), if any. */
export function marksTags(outputs: readonly Output[]): Record<string, string> {
  const agents = [...new Set(outputs.map(({ agent_id }) => agent_id))]
  const cut = agents.filter((id) => isTruncated(outputs, id))
  const stepped = new Set(outputs.flatMap((output) => messagesOf(output, 'fallback_model')))
  return {
    ...(cut.length > 0 && { truncated: cut.join(',') }),
    ...(stepped.size > 0 && { fallbacks: [...stepped].toSorted().join('; ').slice(0, TAG_MAX) }),
  }
}

/** True when the newest text of an agent was cut off. */
export function isTruncated(outputs: readonly Output[], agentId: string): boolean {
  const texts = outputs.filter(({ agent_id, said }) => agent_id === agentId && said.kind === 'text')
  const newest = texts.toSorted((a, b) => a.round - b.round).at(-1)
  return newest !== undefined && messagesOf(newest, 'truncated').length > 0
}

function messagesOf({ marks = [] }: Output, kind: MarkKind): readonly string[] {
  return marks.filter((mark) => mark.kind === kind).map(({ message }) => message)
}

/** The checks of a text that was cut off: they judged a part, so that the whole did not pass. */
export function truncated(suite: CheckSuite): CheckSuite {
  const check = {
    check_type: 'whole_text',
    passed: false,
    score: 0,
    message:
      'The text was cut off at its limit of tokens, also when asked again with a higher one; raise LLM_MAX_TOKENS.',
    details: {},
  }
  return { ...suite, additional_checks: [...suite.additional_checks, check], all_passed: false }
}
