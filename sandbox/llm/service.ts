/** An agent service: `POST /agents/{id}/generate`, `/critique`, `/revise` and `/judge`, each agent with a mind of its own. */
import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { tokensOf } from './answers.ts'
import { hugeAnswer } from './huge.ts'
import { answerOf, bodyOf, type Env, orderedText, think, type World } from './mind.ts'
import type { Ask, Schema } from './requests.ts'

const text = z.object({ content: z.string() })
const asked = z.object({
  role: z.string(),
  model: z.string(),
  task: z.object({ description: z.string(), requirements: z.array(z.string()).default([]) }),
  dimensions: z.array(z.object({ name: z.string() })).default([]),
  proposals: z.array(text.extend({ proposal: z.int() })).default([]),
  candidates: z.array(text.extend({ candidate: z.int() })).default([]),
  critiques: z.array(z.string()).default([]),
})
type Asked = z.infer<typeof asked>

const STAGES = ['generate', 'critique', 'revise', 'judge'] as const
type Stage = (typeof STAGES)[number]

export function serviceRoutes(world: World): Hono<Env> {
  const app = new Hono<Env>()
  for (const stage of STAGES) {
    app.post(`/:id/${stage}`, async (c) => {
      const read = asked.safeParse(await bodyOf(c))
      if (!read.success) return c.json({ error: z.prettifyError(read.error) }, 400)
      return answer(c, world, askOf(stage, c.req.param('id'), read.data))
    })
  }
  return app
}

async function answer(c: Context<Env>, world: World, ask: Ask): Promise<Response> {
  const { model, system, user, schema } = ask
  const structured = schema !== null
  const key = c.req.header('idempotency-key') ?? null
  await think(world, ask)
  const ordered = world.orders.take({ model, words: user, structured })
  const said = ordered === undefined ? answerOf(ask, key ?? '') : orderedText(ordered, ask, key ?? '')
  world.ledger.paid({
    path: c.req.path,
    model,
    key,
    authorized: false,
    structured,
    system,
    user,
    max_tokens: ask.max_tokens,
    said,
  })
  if (ordered?.as === 'huge') return hugeAnswer(world.ledger.cutOff)
  if (structured && ordered !== undefined) return c.body(said)
  const usage = { input_tokens: tokensOf(user), output_tokens: tokensOf(said), cost_usd: 0.001 }
  return c.json({ ...(structured ? JSON.parse(said) : { content: said }), usage })
}

/** The same question in the words of a prompt, so that one mind answers everybody. */
function askOf(stage: Stage, id: string, { role, model, task, ...more }: Asked): Ask {
  const fenced = (label: string, content: string) =>
    `[0000000000000000 ${label} begins]\n${content}\n[0000000000000000 ${label} ends]`
  const user = [
    `Task:\n${task.description}`,
    ...task.requirements.map((one) => `- ${one}`),
    ...more.proposals.map(({ proposal, content }) => fenced(`proposal ${proposal}`, content)),
    ...more.candidates.map(({ candidate, content }) => fenced(`candidate ${candidate}`, content)),
    ...more.critiques.map((critique, index) => fenced(`critique ${index + 1}`, critique)),
  ].join('\n')
  return {
    dialect: 'chat',
    model,
    system: `${role} ${id}`,
    user,
    schema: schemaOf(stage, more),
    tool: null,
    max_tokens: null,
  }
}

function schemaOf(
  stage: Stage,
  { dimensions, proposals, candidates }: Omit<Asked, 'role' | 'model' | 'task'>,
): Schema | null {
  if (stage === 'judge') return { properties: { candidate: { enum: candidates.map(({ candidate }) => candidate) } } }
  if (stage !== 'critique') return null
  const scores = { properties: Object.fromEntries(dimensions.map(({ name }) => [name, { type: 'number' }])) }
  const proposal = { enum: proposals.map(({ proposal }) => proposal) }
  return { properties: { reviews: { items: { properties: { proposal, scores } } } } }
}
