/** A journey with reviewers: real branches and pull requests on the stand-in GitHub, the gate, and the poll that looks. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { createReviewSink } from '#lib/events/sinks/reviews'
import { createPermissions } from '#lib/github/permissions'
import { createPullSource } from '#lib/github/pulls'
import { createGate } from '#lib/queue/gate'
import type { QueueStore } from '#lib/queue/ports'
import { createQueue } from '#lib/queue/queue'
import { createReviewPoll } from '#lib/queue/review-poll'
import type { ReviewStore } from '#lib/queue/review-ports'
import { createReviews } from '#lib/queue/reviews'
import { createTracking } from '#lib/queue/tracking'
import { createReviewStore } from '#lib/store/reviews'
import { aClient } from './github.ts'
import { aJourney } from './journey.ts'
import { POLICY, REPOSITORY } from './queue.ts'

const run = promisify(execFile)
const TOKEN = 'test-token'

export interface Reviewer {
  readonly as?: string
  readonly association?: string
}

type Journey = Awaited<ReturnType<typeof aJourney>>

/** The gate and all around it over one table. `store` and `reviews` may be ones that misbehave. */
function reviewing(
  world: Pick<Journey, 'clock' | 'table' | 'store' | 'github'>,
  { limit, repositories }: { readonly limit: number; readonly repositories: readonly string[] },
  over: { readonly store?: QueueStore; readonly reviews?: ReviewStore } = {},
) {
  const { clock, github } = world
  const { store = world.store, reviews: reviewStore = createReviewStore(world.table) } = over
  const ports = { store, reviews: reviewStore, clock, limit, repositories: async () => repositories }
  const tracking = createTracking(ports)
  const reviews = createReviews({ ...ports, tracking })
  const { client } = aClient(github.url, { clock, timeoutMs: 2_000 })
  const pulls = createPullSource({ client })
  const permissions = createPermissions({ client, clock })
  const mayReview = permissions.mayWrite
  const poll = createReviewPoll({ ...ports, pulls, tracking, observe: reviews.observe, mayReview })
  const queue = createQueue({
    ...ports,
    chance: () => 0,
    policy: POLICY,
    isPullRequest: (url, repository) => url.startsWith(`https://github.com/${repository}/pull/`),
    gate: createGate({ reviews: reviewStore, limit }),
  })
  return {
    reviewPorts: { ...ports, tracking },
    reviewStore,
    tracking,
    reviews,
    pulls,
    reviewPoll: poll,
    queue,
    sink: createReviewSink(tracking),
  }
}

export async function aReviewedJourney(
  options: { readonly limit?: number; readonly repositories?: readonly string[] } = {},
) {
  const { limit = 2, repositories = [REPOSITORY] } = options
  const journey = await aJourney({ repositories })
  const { github, clock, told } = journey
  const parts = reviewing(journey, { limit, repositories })
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-reviews-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  let followed = 0

  /** Everything that was committed reaches the gate, and GitHub. */
  async function settle(): Promise<void> {
    await journey.pump()
    for (const change of told.slice(followed)) await parts.sink.deliver(change)
    followed = told.length
    await journey.catchUp()
  }

  async function asked(method: string, path: string, body: unknown, by: Reviewer = {}): Promise<unknown> {
    const answer = await fetch(`${github.url}/repos/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'x-stand-in-user': by.as ?? 'ada',
        'x-stand-in-association': by.association ?? 'MEMBER',
      },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`GitHub answers ${answer.status}: ${await answer.text()}`)
    return answer.json()
  }

  /** A branch with a commit of its own, and a pull request from it; its number. */
  async function aPull(issue: number, repository = REPOSITORY): Promise<number> {
    const branch = `ai-feature/issue-${issue}`
    const work = join(folder, `${repository.replace('/', '-')}-${issue}`)
    const git = (...args: string[]) => run('git', ['-c', 'user.name=w', '-c', 'user.email=w@w', ...args])
    await git('clone', '--quiet', github.url.replace('//', `//x:${TOKEN}@`).concat(`/${repository}.git`), work)
    await git('-C', work, 'checkout', '--quiet', '-b', branch)
    await git('-C', work, 'commit', '--quiet', '--allow-empty', '-m', `Work on ${issue}`)
    await git('-C', work, 'push', '--quiet', 'origin', branch)
    const opening = { title: `Resolve ${issue}`, head: branch, base: 'main', body: `Closes #${issue}` }
    const pull = (await asked('POST', `${repository}/pulls`, opening, { as: 'coxswain-bot' })) as { number: number }
    return pull.number
  }

  const ask = (worker: string) => parts.queue.next({ worker, capabilities: [], ip: null, correlation_id: 'ask' })

  return {
    ...journey,
    ...parts,
    limit,
    settle,
    aPull,
    ask,
    /** Polls the issues of the repository, then its pull requests, as the poll function does. */
    async pollAll(repository = REPOSITORY) {
      await journey.poll(repository)
      return parts.reviewPoll.poll(repository, 'poll')
    },
    /** An issue that was leased by this worker and completed with a pull request; both numbers. */
    async aCompleted(title: string, repository = REPOSITORY) {
      const issue = journey.issue(title, { repository })
      await journey.poll(repository)
      const { token } = await this.leased(`worker-${issue}`, issue)
      const pull = await aPull(issue, repository)
      await this.completed(`worker-${issue}`, { issue, token, pull, repository })
      await settle()
      return { issue, pull }
    },
    async leased(worker: string, issue?: number) {
      const answer = await ask(worker)
      if (answer.kind !== 'work') throw new Error(`nothing for ${worker}`)
      if (issue !== undefined && answer.job.key.number !== issue) throw new Error(`leased ${answer.job.key.number}`)
      return { issue: answer.job.key.number, token: answer.job.token, feedback: answer.feedback, job: answer.job }
    },
    async completed(worker: string, done: { issue: number; token: number; pull: number; repository?: string }) {
      const { issue: number, token, pull, repository = REPOSITORY } = done
      const usage = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
      const pr_url = `https://github.com/${repository}/pull/${pull}`
      const report = { worker, number, token, repository, pr_url, usage, error: null, correlation_id: 'test' }
      await parts.queue.report({ ...report, kind: 'completed' })
    },
    review: (
      pull: number,
      event: 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT',
      body = 'Hm.',
      by: Reviewer & { comments?: unknown } = {},
    ) => {
      clock.advance(1_000)
      const { comments = [], ...reviewer } = by
      return asked('POST', `${REPOSITORY}/pulls/${pull}/reviews`, { event, body, comments }, reviewer) as Promise<{
        id: number
        submitted_at: string
      }>
    },
    merge: (pull: number) => asked('PUT', `${REPOSITORY}/pulls/${pull}/merge`, {}),
    close: (pull: number) => asked('PATCH', `${REPOSITORY}/pulls/${pull}`, { state: 'closed' }),
    reopen: (pull: number) => asked('PATCH', `${REPOSITORY}/pulls/${pull}`, { state: 'open' }),
    async gate(repository = REPOSITORY) {
      const { repositories: gates } = await parts.reviews.status()
      const found = gates.find((each) => each.repository === repository)
      if (found === undefined) throw new Error(`no gate of ${repository}`)
      return found
    },
  }
}

/** A journey on which one issue is finished, and its pull request awaits review. */
export async function aFinishedIssue(limit = 2) {
  const journey = await aReviewedJourney({ limit })
  return { ...journey, another: journey.issue, ...(await journey.aCompleted('Add a coupon field')) }
}
