/** Requests as an attacker writes them: any host, any origin, any type. */
import { Agent, request } from 'node:http'

export interface Raw {
  readonly address?: string
  readonly port: number
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Heard {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** `silence`: the port does not speak HTTP, or hung up. */
export function send({ address = '127.0.0.1', port, method = 'GET', path = '/', headers, body }: Raw) {
  return new Promise<Heard | 'silence'>((resolve) => {
    const options = { host: address, port, method, path, headers: { ...headers }, agent: new Agent(), timeout: 20_000 }
    const asked = request(options, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
      answer.once('error', () => resolve('silence'))
    })
    asked.once('timeout', () => asked.destroy())
    asked.once('error', () => resolve('silence'))
    asked.end(body)
  })
}

/** As `send`, where an answer must come. */
export async function hear(raw: Raw): Promise<Heard> {
  const heard = await send(raw)
  if (heard === 'silence') throw new Error(`${raw.method ?? 'GET'} ${raw.port}${raw.path ?? '/'} was not answered.`)
  return heard
}
