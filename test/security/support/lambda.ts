/** The port of serverless-offline that runs functions by name, which no setting names. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunningStack } from '#test/e2e/support/stack'
import { type Heard, hear } from './raw.ts'

export interface Invocation {
  readonly type?: 'invocations' | 'invoke-async/'
  readonly headers?: Readonly<Record<string, string>>
}

const VERSIONS = { invocations: '2015-03-31', 'invoke-async/': '2014-11-13' }

/** Calls a function by its name in serverless.yml past its route, as a page can: with a type that asks for no leave. */
export function createAttack({ dataDir }: Pick<RunningStack, 'dataDir'>) {
  const log = () => readFileSync(join(dataDir, 'logs/functions.log'), 'utf8')
  const [, port] = /http for lambda\] listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(log()) ?? []
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
