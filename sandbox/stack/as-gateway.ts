/**
 * Has serverless-offline hand requests over as API Gateway does. What it makes of them by itself, each seen with it:
 * a body that is JSON by its content type is parsed, so that `false` and `0` arrive as they are, `null` and `""` as no body
 * and `"{}"` without its quotes; a path that cannot be decoded and a range that is none are answered by its own JSON.
 */
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'

/** A type that nothing is parsed for. The event gets the headers as they were sent: it is made of the raw ones. */
const UNPARSED = 'application/octet-stream'

/** For the servers of this process. The channel speaks before any listener of theirs has seen the request. */
export function handOverAsGateway(): void {
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { readonly request: IncomingMessage }
    request.headers['content-type'] = UNPARSED
    delete request.headers.range
    request.url = routable(request.url ?? '/')
  })
}

/** A path that any router can decode: what stands for no text stands for itself. */
export function routable(url: string): string {
  const at = url.indexOf('?')
  const [path, query] = at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at)]
  const absolute = path === '*' ? '/*' : path
  try {
    decodeURIComponent(absolute)
    return absolute + query
  } catch {
    return absolute.replaceAll('%', '%25') + query
  }
}
