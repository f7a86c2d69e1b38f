/** Where the demo takes place: a stack of its own on free ports, between a GitHub and an event bus that it can look into. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { envelope, type WorkEvent } from '#lib/events/types'
import { systemIds } from '#lib/ids'
import { startEventBridge } from '../eventbridge/server.ts'
import { NO_LIMITS } from '../github/http/limits.ts'
import { startGitHub } from '../github/server.ts'
import { startStackProgram } from '../programs/stack.ts'
import type { DevFile } from '../stack/dev-file.ts'
import { freePort } from '../stack/ports.ts'
import { bodyOf, labelsOf, REPOSITORY, repositoryFiles, type Scenario } from './scenario.ts'

export interface Ground {
  readonly dev: DevFile
  readonly github: { readonly url: string; readonly token: string }
  /** Every event of the queue so far. */
  events(): readonly WorkEvent[]
  /** Clones the main branch and returns the folder. */
  clone(): Promise<string>
  /** Process groups that should have ended. */
  leftovers(): readonly number[]
  stop(): Promise<void>
}

/** A worker that vanished is noticed this soon. */
export const LEASE_SECONDS = 8
/** Fewer than there are workers, so that the gate closes now and then. */
const MAX_PENDING_PRS = 3
/** More events than the demo makes. */
const KEPT_EVENTS = 20_000

const run = promisify(execFile)

export async function startGround(scenario: Scenario, folder: string): Promise<Ground> {
  const port = await freePort()
  const webhook = { url: `http://127.0.0.1:${port}/github/webhook`, secret: systemIds.secret() }
  const dataDir = join(folder, 'github')
  const token = systemIds.secret()
  const github = await startGitHub({ port: 0, dataDir, token, limits: NO_LIMITS, webhook })
  const bus = await startEventBridge({ port: 0, keep: KEPT_EVENTS })
  const close = () => Promise.all([github.close(), bus.close()])
  const repository = await github.seed.repository(REPOSITORY, { files: repositoryFiles(scenario) })
  for (const issue of scenario.issues) {
    github.seed.addIssue(repository, { title: issue.title, body: bodyOf(issue), labels: labelsOf(issue) })
  }
  const env = {
    ...environmentOf(port, bus.url),
    GITHUB_API_URL: github.url,
    GITHUB_TOKEN: token,
    GITHUB_WEBHOOK_SECRET: webhook.secret,
  }
  const stack = await startStackProgram(env, join(folder, 'data')).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    dev: stack.dev,
    github: { url: github.url, token },
    events: () => bus.events().flatMap(({ event }) => envelope.safeParse(event.detail).data ?? []),
    async clone() {
      const to = join(folder, 'main')
      await run('git', ['clone', '--quiet', '--depth', '1', `${github.url}/${REPOSITORY}.git`, to])
      return to
    },
    leftovers: stack.leftovers,
    async stop() {
      await stack.stop()
      await close()
    },
  }
}

function environmentOf(port: number, bus: string): Record<string, string> {
  return {
    ORCHESTRATOR_PORT: String(port),
    GRPC_PORT: '0',
    GITHUB_REPOS: REPOSITORY,
    // Webhooks tell the news; the poll sees to what they leave open.
    GITHUB_POLL_INTERVAL: '2',
    GITHUB_WRITES_PER_MINUTE: '6000',
    GITHUB_WRITES_PER_HOUR: '100000',
    EVENT_BUS_NAME: 'coxswain',
    EVENTBRIDGE_ENDPOINT: bus,
    LEASE_SECONDS: String(LEASE_SECONDS),
    MAX_PENDING_PRS: String(MAX_PENDING_PRS),
    LOG_LEVEL: 'WARN',
  }
}
