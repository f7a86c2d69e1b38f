/** GET /docs/assets/{file}: what the pages load, compressed for who understands it. */
import { gzipSync } from 'node:zlib'
import { assetOf } from '#lib/docs/assets'
import { assetPath } from '#lib/docs/openapi'
import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'

export const handler = api({ scope: 'open', params: assetPath }, async ({ params, event }) => {
  const { type, text } = await assetOf(params.file)
  const headers = { 'content-type': type, 'cache-control': 'public, max-age=3600', vary: 'accept-encoding' }
  const isCompressed = event.headers?.['accept-encoding']?.includes('gzip') ?? false
  return isCompressed
    ? answer(200, gzipSync(text), { ...headers, 'content-encoding': 'gzip' })
    : answer(200, text, headers)
})
