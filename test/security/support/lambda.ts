/** The port of serverless-offline that runs functions by name, which no setting names. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { RunningStack } from '#test/e2e/support/stack'
import { type Heard, hear } from './raw.ts'

export interface Invocation {
  readonly type?: 'invocations' | 'invoke-async/'
  readonly headers?: Readonly<Record<string, string>>
}

const VERSIONS = { invocations: '2015-03-31', 'invoke-async/': '2014-11-13' }

const lockFile = z.object({ groups: z.array(z.object({ pid: z.number() })) })

/** The port that the functions were started with, as every process of the same user can read it. */
function portIn(dataDir: string): string | undefined {
  const { groups } = lockFile.parse(JSON.parse(readFileSync(join(dataDir, 'stack.lock'), 'utf8')))
  const environments = groups.map(({ pid }) => readFileSync(`/proc/${pid}/environ`, 'utf8'))
  return environments.map((text) => /\0COXSWAIN_LAMBDA_PORT=(\d+)/.exec(text)?.[1]).find((port) => port !== undefined)
}

/** Calls a function by its name in serverless.yml past its route, as a page can: with a type that asks for no leave. */
export function createAttack({ dataDir }: Pick<RunningStack, 'dataDir'>) {
  const log = () => readFileSync(join(dataDir, 'logs/functions.log'), 'utf8')
  const port = portIn(dataDir)
  return {
    log,
    port: Number(port),
    invoke(name: string, event: unknown, { type = 'invocations', headers = {} }: Invocation = {}): Promise<Heard> {
      const path = `/${VERSIONS[type]}/functions/coxswain-dev-${name}/${type}`
      const sent = { 'content-type': 'text/plain', ...headers }
      return hear({ port: Number(port), method: 'POST', path, headers: sent, body: JSON.stringify(event) })
    },
  }
}
