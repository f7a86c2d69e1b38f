/** The routes of the documentation itself. */
import * as z from 'zod'
import type { RouteDoc } from '#lib/openapi/route'
import { ASSET_NAMES } from './assets.ts'

const TAG = 'Documentation'
const HTML = ['text/html']

export const assetPath = z.object({ file: z.enum(ASSET_NAMES, 'is no file of these pages') })

const description = z.looseObject({ openapi: z.string() }).meta({ id: 'OpenApiDocument' })

export const docsRoutes: readonly RouteDoc[] = [
  {
    id: 'docsOpenapi',
    method: 'get',
    path: '/openapi.json',
    summary: 'This description',
    tag: TAG,
    scope: 'open',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: description } },
  },
  {
    id: 'docsPage',
    method: 'get',
    path: '/docs',
    summary: 'The interactive page',
    tag: TAG,
    scope: 'open',
    answers: { 200: { description: 'A page.', types: HTML } },
  },
  {
    id: 'docsReference',
    method: 'get',
    path: '/redoc',
    summary: 'The reference page',
    tag: TAG,
    scope: 'open',
    answers: { 200: { description: 'A page.', types: HTML } },
  },
  {
    id: 'docsAssets',
    method: 'get',
    path: '/docs/assets/{file}',
    summary: 'Scripts and styles of the two pages',
    tag: TAG,
    scope: 'open',
    params: assetPath,
    answers: { 200: { description: 'The file.', types: ['text/css', 'text/javascript'] } },
  },
]
