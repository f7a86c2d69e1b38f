/** What Coxswain and GitHub say when they are asked: who waits for what, and how each issue ended. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { call } from './calls.ts'
import type { Ground } from './ground.ts'
import { type Issue, REPOSITORY, type Scenario, UNWRITTEN } from './scenario.ts'
import type { Ending } from './verdict.ts'

/** A pending issue, and what it waits for. */
export interface Waiting {
  readonly number: number
  readonly priority: string
  /** Numbers of open issues it depends on. */
  readonly dependsOn: readonly number[]
  /** Numbers of issues that have its files in hand. */
  readonly heldBy: readonly number[]
}

const page = z.object({
  pending: z.array(
    z.object({
      issue_number: z.number(),
      priority: z.string(),
      waiting_for: z.array(z.object({ kind: z.string(), issues: z.array(z.string()) })).optional(),
    }),
  ),
})
const issueLook = z.object({ state: z.string() })
const pullLook = z.object({ merged: z.boolean(), commits: z.number() })

export async function waitingNow({ url, tokens }: Ground['dev']): Promise<readonly Waiting[]> {
  const { pending } = await call(`${url}/queue?status=pending&limit=100`, page, { token: tokens.reader })
  return pending.map(({ issue_number: number, priority, waiting_for = [] }) => {
    const of = (kind: string) =>
      waiting_for.filter((each) => each.kind === kind).flatMap(({ issues }) => issues.map(numberIn))
    return { number, priority, dependsOn: of('dependency'), heldBy: of('files') }
  })
}

/** How all issues ended; `pulls` are their pull requests' addresses. */
export async function endingsOf(
  { github, clone }: Pick<Ground, 'github' | 'clone'>,
  { issues }: Scenario,
  pulls: ReadonlyMap<number, string | null>,
): Promise<readonly Ending[]> {
  const folder = await clone()
  const ask = <T>(path: string, schema: z.ZodType<T>) =>
    call(`${github.url}/repos/${REPOSITORY}${path}`, schema, { token: github.token })
  return Promise.all(
    issues.map(async (issue) => {
      const pull = numberIn(pulls.get(issue.number) ?? '')
      const { merged, commits } = pull > 0 ? await ask(`/pulls/${pull}`, pullLook) : { merged: false, commits: 0 }
      const { state } = await ask(`/issues/${issue.number}`, issueLook)
      return {
        number: issue.number,
        closed: state === 'closed',
        merged,
        commits,
        written: await isWritten(folder, issue),
      }
    }),
  )
}

async function isWritten(folder: string, { name, file }: Issue): Promise<boolean> {
  const source = await readFile(join(folder, file), 'utf8')
  const [, text = UNWRITTEN] = source.split(`export function ${name}() {\n`)
  return !text.startsWith(UNWRITTEN)
}

/** The number at the end of `owner/repo#7` or `…/pull/7`; zero when there is none. */
export function numberIn(text: string): number {
  return Number(/(?<!\d)\d+$/.exec(text)?.[0] ?? 0)
}
