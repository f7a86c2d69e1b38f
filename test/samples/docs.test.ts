/** The samples of the documentation's functions, run through `serverless invoke local`. */
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { invokeLocal } from './invoke.ts'

/** They open no table; its name is asked for all the same. */
const env = { COXSWAIN_TABLE: 'coxswain-samples' }
const answer = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() })

async function ask(fn: string, sample: string) {
  const { result, printed } = await invokeLocal(fn, sample, env)
  const read = answer.safeParse(result)
  if (!read.success) throw new Error(`This is no HTTP answer:\n${printed}`)
  return read.data
}

describe.concurrent('the samples of the documentation', { timeout: 120_000 }, () => {
  it('docsOpenapi: describes the API', async () => {
    const { statusCode, body } = await ask('docsOpenapi', 'docs-openapi')
    expect(statusCode).toBe(200)
    expect(JSON.parse(body)).toMatchObject({ paths: { '/queue': { get: { operationId: 'queueList' } } } })
  })

  it.each([
    { fn: 'docsPage', sample: 'docs-page', holds: '/docs/assets/swagger-ui-bundle.js' },
    { fn: 'docsReference', sample: 'docs-reference', holds: '/docs/assets/redoc.standalone.js' },
    { fn: 'docsAssets', sample: 'docs-assets', holds: '.swagger-ui' },
  ])('$fn: answers with $holds', async ({ fn, sample, holds }) => {
    expect(await ask(fn, sample)).toMatchObject({ statusCode: 200, body: expect.stringContaining(holds) })
  })
})
