/**
 * `/<owner>/<repo>.git/info/lfs`: the batch API of Git LFS with its basic transfer, as git-lfs's own specification has it
 * (docs/api/batch.md, docs/api/basic-transfers.md).
 */
import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { judgeCredential, readCredential } from '../http/auth.ts'
import { type Call, type Env, requireRepository, type World } from '../world.ts'

const JSON_TYPE = 'application/vnd.git-lfs+json'

/** Seconds that an address of the store is said to hold. */
const EXPIRES_IN = 3600

const object = z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() })

const batch = z.object({
  operation: z.enum(['download', 'upload']),
  transfers: z.array(z.string()).default(['basic']),
  objects: z.array(object).min(1).max(1000),
  hash_algo: z.literal('sha256').default('sha256'),
})

type Wanted = z.infer<typeof object>

export function lfsRoutes(world: World): Hono<Env> {
  const app = new Hono<Env>()
  const root = '/:owner/:repo/info/lfs'

  app.post(`${root}/objects/batch`, async (c) => {
    const parsed = batch.safeParse(await c.req.json().catch(() => undefined))
    const refusal = refused(c, world, parsed.data?.operation === 'upload')
    if (refusal !== null) return refusal
    const repository = requireRepository(c, world)
    if (!parsed.success) return complain(c, 422, 'The batch is not of the agreed shape.')
    const { operation, objects } = parsed.data
    const place = { repository: repository.id, base: `${world.url()}/${repository.owner}/${repository.name}.git` }
    const answers = objects.map((wanted) =>
      operation === 'upload' ? uploadOf(world, place, wanted) : downloadOf(world, place, wanted),
    )
    const body = { transfer: 'basic', objects: await Promise.all(answers), hash_algo: 'sha256' }
    return c.body(JSON.stringify(body), 200, { 'content-type': JSON_TYPE })
  })

  app.post(`${root}/objects/verify`, async (c) => {
    const wanted = object.parse(await c.req.json())
    const size = await world.lfs.sizeOf(requireRepository(c, world).id, wanted.oid)
    return size === wanted.size ? c.body(null, 200) : complain(c, 404, 'The object is not here.')
  })

  app.post(`${root}/locks/verify`, (c) =>
    c.body(JSON.stringify({ ours: [], theirs: [] }), 200, { 'content-type': JSON_TYPE }),
  )

  app.get(`${root}/storage/:oid{[0-9a-f]{64}}`, async (c) => {
    const place = { repository: requireRepository(c, world).id, oid: c.req.param('oid') }
    if (!world.lfs.isSigned(c.req.query('signature') ?? '', 'download', place)) return c.text('Forbidden', 403)
    const size = await world.lfs.sizeOf(place.repository, place.oid)
    if (size === undefined) return c.text('Not Found', 404)
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) }
    return new Response(world.lfs.read(place.repository, place.oid), { headers })
  })

  app.put(`${root}/storage/:oid{[0-9a-f]{64}}`, async (c) => {
    const place = { repository: requireRepository(c, world).id, oid: c.req.param('oid') }
    if (!world.lfs.isSigned(c.req.query('signature') ?? '', 'upload', place)) return c.text('Forbidden', 403)
    const isKept = await world.lfs.write(place.repository, place.oid, c.req.raw.body)
    return isKept ? c.body(null, 200) : c.text('The content has another hash.', 422)
  })
  return app
}

interface Place {
  readonly repository: number
  /** Address of the repository. */
  readonly base: string
}

async function downloadOf(world: World, { repository, base }: Place, { oid, size }: Wanted) {
  const kept = await world.lfs.sizeOf(repository, oid)
  if (kept === undefined) return { oid, size, error: { code: 404, message: 'Object does not exist on the server' } }
  const href = `${base}/info/lfs/storage/${oid}?signature=${world.lfs.sign('download', repository, oid)}`
  return { oid, size: kept, authenticated: true, actions: { download: { href, expires_in: EXPIRES_IN } } }
}

/** An object that is there already has no action. */
async function uploadOf(world: World, { repository, base }: Place, { oid, size }: Wanted) {
  if ((await world.lfs.sizeOf(repository, oid)) !== undefined) return { oid, size }
  const href = `${base}/info/lfs/storage/${oid}?signature=${world.lfs.sign('upload', repository, oid)}`
  const verify = { href: `${base}/info/lfs/objects/verify`, expires_in: EXPIRES_IN }
  return { oid, size, authenticated: true, actions: { upload: { href, expires_in: EXPIRES_IN }, verify } }
}

function refused(c: Call, world: World, isUpload: boolean): Response | null {
  const verdict = judgeCredential(readCredential(c.req.header('authorization')), world.token)
  if (verdict === 'known' || (verdict === 'anonymous' && !isUpload)) return null
  c.header('lfs-authenticate', 'Basic realm="GitHub"')
  return complain(c, 401, 'Credentials needed')
}

function complain(c: Context<Env>, status: 401 | 404 | 422, message: string): Response {
  return c.body(JSON.stringify({ message }), status, { 'content-type': JSON_TYPE })
}
