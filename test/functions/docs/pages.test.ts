import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ASSET_NAMES } from '#lib/docs/assets'
import type { HttpHandler } from '#lib/http/create-api'
import { aRequest, type RequestOptions } from '#test/helpers/http'

process.env['COXSWAIN_TABLE'] = 'coxswain-docs'
const { interactive, reference } = await import('#functions/docs/reference')
const { handler: assets } = await import('#functions/docs/assets')
const { handler: openapi } = await import('#functions/docs/openapi')

const get = async (handler: HttpHandler, options: RequestOptions = {}) => {
  const { statusCode, headers = {}, body = '', isBase64Encoded } = await handler(aRequest({ told: null, ...options }))
  return { status: statusCode, headers, body, isBase64Encoded }
}

describe.each([
  ['/docs', interactive],
  ['/redoc', reference],
])('the page %s', (_path, handler) => {
  it('is a page that loads nothing from elsewhere', async () => {
    const { status, headers, body } = await get(handler)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(body).not.toMatch(/https?:|\/\//)
    expect(headers['content-security-policy']).not.toMatch(/https?:|unsafe|\*/)
  })

  it('runs and styles nothing that stands in the page, only files that are served here', async () => {
    const { body } = await get(handler)
    expect(body).not.toMatch(/<style|style=|<script>|\son\w+=/)
    const loaded = [...body.matchAll(/(?:src|href)="\/docs\/assets\/([^"]+)"/g)].map(([, name]) => name)
    expect(loaded.length).toBeGreaterThan(2)
    expect(ASSET_NAMES).toEqual(expect.arrayContaining(loaded))
  })
})

describe.each(ASSET_NAMES)('the asset %s', (file) => {
  it('is served as what it is', async () => {
    const { status, headers, body } = await get(assets, { params: { file } })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe(
      file.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
    )
    expect(body).not.toContain('cdn.redoc.ly')
  })

  it('is compressed for who understands it', async () => {
    const plain = await get(assets, { params: { file } })
    const small = await get(assets, { params: { file }, headers: { 'accept-encoding': 'gzip, br' } })
    expect(small).toMatchObject({ isBase64Encoded: true, headers: { 'content-encoding': 'gzip' } })
    expect(gunzipSync(Buffer.from(small.body, 'base64')).toString('utf8')).toBe(plain.body)
  })
})

describe('no other file', () => {
  it.each(['index.html', '../package.json', 'package.json', ''])('is served: %j', async (file) => {
    expect(await get(assets, { params: { file } })).toMatchObject({ status: 422 })
  })
})

describe('the description', () => {
  it('is OpenAPI 3.1, for everybody', async () => {
    const { status, headers, body } = await get(openapi)
    expect(status).toBe(200)
    expect(headers['content-type']).toBe('application/json')
    expect(JSON.parse(body)).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./), info: { title: 'Coxswain' } })
  })
})
