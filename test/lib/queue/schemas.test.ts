import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toCompletion, toFailure, toHeartbeat, toRelease } from '#lib/queue/requests'
import * as schemas from '#lib/queue/schemas'

const BASE = { worker_id: 'w1', issue_number: 7 }
const NONE = { input_tokens: 0, output_tokens: 0, cost_usd: 0, seconds: 0 }
const all = Object.entries(schemas).flatMap(([name, schema]) =>
  typeof schema === 'object' && 'safeParse' in schema ? [[name, schema] as const] : [],
)

const pathsOf = (result: { error?: { issues: readonly { path: PropertyKey[] }[] } | undefined }) =>
  result.error?.issues.map(({ path }) => path.join('.')) ?? []

describe('the schemas of requests', () => {
  it.each(all)('%s takes or refuses any JSON without falling over', (_, schema) => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void schema.safeParse(value)))
  })

  it.each(all)('%s refuses members it does not know, or drops them', (_, schema) => {
    const polluted = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}')
    schema.safeParse(polluted)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('bound every text, so that none can grow a job beyond its item', () => {
    const long = 'x'.repeat(100_000)
    expect(schemas.failedBody.safeParse({ ...BASE, error: long }).success).toBe(false)
    expect(schemas.completeBody.safeParse({ ...BASE, success: true, pr_url: long }).success).toBe(false)
    expect(schemas.nextBody.safeParse({ worker_id: 'w1', capabilities: [long] }).success).toBe(false)
    expect(schemas.nextBody.safeParse({ worker_id: 'w1', capabilities: Array(21).fill('x') }).success).toBe(false)
    expect(schemas.reasonBody.safeParse({ reason: long }).success).toBe(false)
    expect(schemas.heartbeatBody.safeParse({ ...BASE, lease_token: 1, progress: long }).success).toBe(false)
  })

  it('make half a surrogate pair into text that can be stored', () => {
    const said = (text: string) => schemas.failedBody.parse({ ...BASE, error: text }).error
    expect(said('a\ud800b')).toBe('a\ufffdb')
    expect(schemas.reasonBody.parse({ reason: '\udc00' }).reason).toBe('\ufffd')
    expect(schemas.nextBody.parse({ worker_id: 'w1', capabilities: ['\ud800'] }).capabilities).toEqual(['\ufffd'])
  })

  it.each(['', 'a b', 'ä', 'x'.repeat(65), '../w', 'w/1', 'w\n'])('refuse %j as the id of a worker', (id) => {
    expect(schemas.workerId.safeParse(id).success).toBe(false)
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '7', 2 ** 31, null])('refuse %j as an issue', (number) => {
    expect(schemas.issueNumber.safeParse(number).success).toBe(false)
  })

  it('take a repository in any case and tell it in lower case', () => {
    expect(schemas.repositoryName.parse('Acme/Shop.js')).toBe('acme/shop.js')
    for (const bad of ['acme', 'acme/', '/shop', 'acme/shop/x', 'acme/sh op', 'a_b/c']) {
      expect(schemas.repositoryName.safeParse(bad).success, bad).toBe(false)
    }
  })

  it('name every problem of a request at once', () => {
    const result = schemas.completeBody.safeParse({ worker_id: ' ', issue_number: 0, success: 'yes', extra: 1 })
    expect(pathsOf(result)).toEqual(expect.arrayContaining(['worker_id', 'issue_number', 'success', '']))
  })

  it('want the pull request of a success, and none of a failure', () => {
    const parse = (over: object) => schemas.completeBody.safeParse({ ...BASE, ...over })
    expect(pathsOf(parse({ success: true }))).toEqual(['pr_url'])
    expect(pathsOf(parse({ success: true, pr_url: '' }))).toEqual(['pr_url'])
    expect(parse({ success: false, pr_url: null }).success).toBe(true)
    expect(parse({ success: false, pr_url: '', error: null }).success).toBe(true)
  })

  it.each(['0', '101', '-1', '1e2', '', ' 5', '5.0'])('refuse %j as the length of a page', (limit) => {
    expect(schemas.queueQuery.safeParse({ limit }).success).toBe(false)
  })

  it('read an item from its path', () => {
    const parse = (issue: string) => schemas.itemPath.safeParse({ owner: 'Acme', repo: 'Shop', issue })
    expect(parse('7').data).toEqual({ repository: 'acme/shop', number: 7 })
    for (const bad of ['0', '-1', 'x', '7.5', '99999999999', '9999999999']) expect(parse(bad).success, bad).toBe(false)
  })
})

describe('a request as the queue is told it', () => {
  it('of a completion without success is a failure with a reason', () => {
    const body = schemas.completeBody.parse({ ...BASE, success: false })
    expect(toCompletion(body, 'c')).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('without saying why'),
    })
  })

  it('of a success forgets an error, and keeps usage and lease', () => {
    const usage = { input_tokens: 10, cost_usd: 0.5 }
    const said = { ...BASE, success: true, pr_url: 'https://x/pull/1', error: 'old', lease_token: 3, usage }
    expect(toCompletion(schemas.completeBody.parse(said), 'c')).toEqual({
      kind: 'completed',
      worker: 'w1',
      number: 7,
      repository: undefined,
      token: 3,
      pr_url: 'https://x/pull/1',
      error: null,
      usage: { ...NONE, ...usage },
      correlation_id: 'c',
    })
  })

  it('of a seed-style client leaves open what it does not say', () => {
    const failure = toFailure(schemas.failedBody.parse({ ...BASE, error: 'It broke.' }), 'c')
    expect(failure).toMatchObject({ kind: 'failed', token: undefined, repository: undefined, usage: NONE })
    expect(toRelease(schemas.releaseBody.parse(BASE), 'c')).toMatchObject({ kind: 'released', error: null })
    const beat = schemas.heartbeatBody.parse({ ...BASE, lease_token: 2, progress: 40 })
    expect(toHeartbeat(beat, 'c')).toEqual({ ...BASE_SAID, token: 2, usage: NONE, correlation_id: 'c' })
  })
})

const BASE_SAID = { worker: 'w1', number: 7, repository: undefined }
