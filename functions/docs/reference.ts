/** GET /docs and GET /redoc: the interactive page and the reference page. */
import { interactivePage, referencePage } from '#lib/docs/pages'
import { answer } from '#lib/http/answer'
import { api } from '#lib/http/api'

const shown = ({ html, policy }: typeof interactivePage) =>
  answer(200, html, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'cache-control': 'public, max-age=60',
  })

export const interactive = api({ scope: 'open' }, () => shown(interactivePage))

export const reference = api({ scope: 'open' }, () => shown(referencePage))
