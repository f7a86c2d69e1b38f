/** An agent that is asked over the network: its four questions. */
import type { AgentEntry, Review, Task } from '#lib/councils/model'
import type { Agent, Judgement } from '#lib/councils/ports'
import type { Question, Stage } from './backend.ts'
import type { Route } from './caller.ts'
import { judgePrompt, type Prompt, proposePrompt, reviewPrompt, revisePrompt } from './prompts.ts'
import { judgementSchema, mergeReviews, readJudgement, readProposal, readReviews, reviewSchema } from './reading.ts'
import { dimensionsOf } from './rubric.ts'
import { createSpeak, type SpeakPorts } from './speak.ts'

export function createRemoteAgent(entry: AgentEntry, route: Route, ports: SpeakPorts): Agent {
  const speak = createSpeak(route, ports)
  return {
    entry,
    propose: (task, call) =>
      speak<string>({ question: ask('generate', proposePrompt(entry, task), { task }), read: readProposal }, call),

    review(task, proposals, call) {
      const dimensions = dimensionsOf(task.rubric)
      const numbers = proposals.map(({ proposal }) => proposal)
      const data = { task, dimensions, proposals }
      const question = ask('critique', reviewPrompt(entry, task, proposals), data, reviewSchema(dimensions, numbers))
      const read = (text: string) => readReviews(text, dimensions, numbers)
      return speak<readonly Review[]>({ question, read, merge: mergeReviews }, call)
    },

    revise(task, own, critiques, call) {
      const question = ask('revise', revisePrompt(entry, task, own, critiques), { task, own, critiques })
      return speak<string>({ question, read: readProposal }, call)
    },

    judge(task, candidates, call) {
      const numbers = candidates.map(({ candidate }) => candidate)
      const question = ask(
        'judge',
        judgePrompt(entry, task, candidates),
        { task, candidates },
        judgementSchema(numbers),
      )
      return speak<Judgement>({ question, read: (text) => readJudgement(text, numbers) }, call)
    },
  }

  function ask(
    stage: Stage,
    prompt: Prompt,
    about: { readonly task: Task } & Readonly<Record<string, unknown>>,
    schema: Question['schema'] = null,
  ): Question {
    const { agent_id, role, temperature, max_tokens } = entry
    return { stage, prompt, schema, temperature, max_tokens, data: { agent_id, role, ...about } }
  }
}
