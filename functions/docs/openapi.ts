/** GET /openapi.json: the description of all routes, as `npm run generate` wrote it. */
import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'
import document from '../../docs/openapi.json' with { type: 'json' }

const FRESH = { 'cache-control': 'public, max-age=60' }

export const handler = api({ scope: 'open' }, () => answer(200, document, FRESH))
