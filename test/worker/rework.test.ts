/** Rework from end to end: the stand-in GitHub, the queue's functions over HTTP, and the worker with a command of its own. */

import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type RouteName, SHOP, startFunctions } from '#test/helpers/functions'
import { tokenOf } from '#test/helpers/http'
import { aFolder } from '#test/helpers/worker/values'
import { aWorkerOn } from '#test/helpers/worker/world'

let world: Awaited<ReturnType<typeof startFunctions>>

beforeAll(async () => {
  world = await startFunctions()
})
afterAll(() => world.stop())

/** The functions under one address, as API Gateway serves them; every caller is the worker he says he is. */
async function anApi(): Promise<string> {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost')
    let text = ''
    for await (const chunk of request) text += chunk
    const route = `${request.method} ${url.pathname}` as RouteName
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    const query = Object.fromEntries(url.searchParams)
    const answer = await world.call(route, { told: tokenOf('w1', 'worker'), body, query })
    response.writeHead(answer.status ?? 500, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const github = async (method: string, path: string, body?: unknown) => {
  const headers = { authorization: 'Bearer test-token', 'x-stand-in-user': 'ada' }
  const answer = await fetch(`${world.github.url}/repos/${SHOP}${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  return answer.json() as Promise<never>
}

interface Pull {
  readonly number: number
  readonly state: string
  readonly commits: number
  readonly head: { readonly ref: string }
}

it('goes on with the branch, its pull request and the words of its reviewer, until it is merged', async () => {
  const folder = await aFolder()
  const heard = join(folder, 'heard.txt')
  const options = { folder, url: await anApi(), github: world.github.url, token: 'test-token' }
  const issue = world.github.seed.issue({ repository: SHOP, title: 'Add a coupon field', labels: ['ai-ready'] })
  await world.asOperator('POST /github/poll')

  await aWorkerOn(options, 'echo one > one.txt')
  await world.pump()
  const [pull] = (await github('GET', '/pulls')) as Pull[]
  const comments = [{ path: 'one.txt', line: 1, body: 'Two, please.' }]
  await github('POST', `/pulls/${pull?.number}/reviews`, { event: 'REQUEST_CHANGES', body: 'Nearly.', comments })
  const { body: polled } = await world.asOperator('POST /github/poll')
  expect(polled.repositories[0]).toMatchObject({ reviews: { changes_requested: 1 } })

  await aWorkerOn(
    options,
    `cat one.txt && cp "$COXSWAIN_FEEDBACK_FILE" '${heard}' && echo "$COXSWAIN_PR_URL" >> '${heard}' && echo two > two.txt`,
  )
  await world.pump()

  expect(await readFile(heard, 'utf8')).toBe(
    `@ada wrote:\nNearly.\n\n@ada on one.txt, line 1:\nTwo, please.\n${world.github.url}/${SHOP}/pull/${pull?.number}\n`,
  )
  const pulls = (await github('GET', '/pulls?state=all')) as Pull[]
  expect(pulls.map(({ number, head }) => [number, head.ref])).toEqual([[pull?.number, `ai-feature/issue-${issue}`]])
  expect(await github('GET', `/pulls/${pull?.number}`)).toMatchObject({ state: 'open', commits: 2 })
  const { body: gates } = await world.asReader('GET /pr-review/status')
  expect(gates.repositories[0]).toMatchObject({
    pending: [{ number: pull?.number, issue_number: issue }],
    reworking: [],
  })

  await github('PUT', `/pulls/${pull?.number}/merge`, {})
  await world.asOperator('POST /github/poll')
  const { body: queue } = await world.asReader('GET /queue', { query: { repository: SHOP } })
  expect(queue.completed).toMatchObject([{ issue_number: issue, review: 'merged', generation: 1 }])
  expect(await github('GET', `/issues/${issue}`)).toMatchObject({ state: 'closed' })
})
