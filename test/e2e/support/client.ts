/** Calls a running stack as scripts and workers do. */
import * as z from 'zod'
import type { Scope } from '#lib/auth/scopes'
import type { DevFile } from '#sandbox/stack/dev-file'

export interface Reply {
  readonly status: number
  readonly type: string | null
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever came back
  readonly body: any
}

export interface Call {
  readonly as?: Scope | { readonly token: string }
  readonly json?: unknown
  /** A body as it is, for those that are not JSON. */
  readonly raw?: string
}

export type Client = (request: `${'GET' | 'POST'} ${string}`, call?: Call) => Promise<Reply>

/** `ask('GET /queue', { as: 'reader' })`. */
export function aClient(dev: DevFile): Client {
  return async (request, { as, json, raw } = {}) => {
    const [method = '', path = ''] = request.split(' ')
    const token = typeof as === 'string' ? dev.tokens[as] : as?.token
    const body = raw ?? (json === undefined ? undefined : JSON.stringify(json))
    const answer = await fetch(`${dev.url}${path}`, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
    })
    const text = await answer.text()
    return {
      status: answer.status,
      type: answer.headers.get('content-type'),
      headers: answer.headers,
      body: text === '' ? undefined : JSON.parse(text),
    }
  }
}

export interface IssueLook {
  readonly labels: readonly string[]
  readonly comments: readonly string[]
}

const issue = z.object({ labels: z.array(z.object({ name: z.string() })) })
const comments = z.array(z.object({ body: z.string() }))

/** How an issue looks on the stand-in. */
export async function lookAt(github: string, repository: string, number: number): Promise<IssueLook> {
  const address = `${github}/repos/${repository}/issues/${number}`
  const shown = issue.parse(await (await fetch(address)).json())
  const said = comments.parse(await (await fetch(`${address}/comments`)).json())
  return { labels: shown.labels.map(({ name }) => name), comments: said.map(({ body }) => body) }
}
