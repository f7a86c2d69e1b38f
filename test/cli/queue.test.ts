import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { paintFor } from '#cli/show/paint'
import { coxswain } from '#test/helpers/cli'
import { SHOP, TILL } from '#test/helpers/functions'
import { type Served, serveFunctions } from '#test/helpers/served'

let served: Served

beforeAll(async () => {
  served = await serveFunctions()
  const { anIssue, as } = served.functions
  await anIssue({ number: 7 })
  await anIssue({ number: 7, repository: TILL })
  await anIssue({ number: 8 })
  await anIssue({ number: 9, labels: ['ai-ready', 'priority:critical'] })
  const leased = await as('w1')('GET /work/next', undefined, { query: { worker_id: 'w1' } })
  expect(leased.body).toMatchObject({ issue_number: 9 })
})

afterAll(() => served.stop())

const asOperator = () => ({ COXSWAIN_URL: `${served.url}/`, COXSWAIN_TOKEN: served.tokens.operator })
const asReader = () => ({ ORCHESTRATOR_URL: served.url, ORCHESTRATOR_TOKEN: served.tokens.reader })

describe('coxswain queue', () => {
  it('lists what is worked on before what waits, each as it is named to other commands', async () => {
    const { exitCode, out, lines } = await coxswain(['queue'], { env: asReader() })

    expect(exitCode).toBe(0)
    expect(lines[0]).toMatch(/^ISSUE +STATE +PRIORITY +TRY +SINCE +WORKER +TITLE/)
    expect(lines[1]).toMatch(/^acme\/shop#9 +in_progress +critical +1\/2 +\d+ s ago +w1 +.* +lease ends in 9 min$/)
    expect(out).toMatch(/^acme\/shop#7 +pending +medium +1\/2 +\d+ s ago +\S/m)
    expect(out).toMatch(/^acme\/till#7 +pending/m)
  })

  it('reads page after page up to the limit, and says when there is more', async () => {
    const two = await coxswain(['queue', '--limit', '2'], { env: asReader() })
    const all = await coxswain(['queue', '--limit', '4'], { env: asReader() })

    expect(two.lines.filter((line) => line.startsWith('acme/'))).toHaveLength(2)
    expect(two.out).toContain('There are more than 2: --limit shows them')
    expect(all.lines.filter((line) => line.startsWith('acme/'))).toHaveLength(4)
  })

  it('shows one state or one repository where only those are asked for', async () => {
    const busy = await coxswain(['queue', '--state', 'in_progress'], { env: asReader() })
    const till = await coxswain(['queue', '--repo', 'ACME/till'], { env: asReader() })

    expect(busy.lines.filter((line) => line.startsWith('acme/'))).toEqual([expect.stringMatching(/^acme\/shop#9 /)])
    expect(till.lines.filter((line) => line.startsWith('acme/'))).toEqual([expect.stringMatching(/^acme\/till#7 /)])
    expect(await coxswain(['queue', '--state', 'failed'], { env: asReader() })).toMatchObject({
      exitCode: 0,
      lines: ['There is nothing.', expect.stringContaining('pending')],
    })
  })

  it('gives scripts the fields of the API', async () => {
    const { out } = await coxswain(['queue', '--json', '--limit', '3'], { env: asReader() })

    expect(JSON.parse(out)).toMatchObject({
      in_progress: [{ repository: SHOP, issue_number: 9, assigned_to: 'w1', labels: expect.any(Array) }],
      pending: [{ status: 'pending' }, { status: 'pending' }],
      counts: { pending: expect.any(Number) },
      more: true,
    })
  })
})

describe('coxswain workers', () => {
  it('lists who has called, and what each works on', async () => {
    const { lines } = await coxswain(['workers'], { env: asReader() })

    expect(lines).toEqual([
      expect.stringMatching(/^WORKER +STATUS +HEALTH +SEEN +TASKS +WORKS ON/),
      expect.stringMatching(/^w1 +busy +healthy +\d+ s ago +\d+ +acme\/shop#9$/),
    ])
  })

  it('gives scripts the fields of the API', async () => {
    const { out } = await coxswain(['workers', '--json'], { env: asReader() })
    expect(JSON.parse(out)).toMatchObject({ workers: [{ id: 'w1', current_task: 9, capabilities: [] }], more: false })
  })
})

describe('coxswain status', () => {
  it('says in a few lines how it is, and what is wrong', async () => {
    const { exitCode, out } = await coxswain(['status'], { env: asReader() })

    expect(exitCode).toBe(0)
    expect(out).toMatch(new RegExp(`^Coxswain  \\d+\\.\\d+\\.\\d+ at ${served.url}, up \\d+ s$`, 'm'))
    expect(out).toMatch(/^Health {4}degraded$/m)
    expect(out).toMatch(/^Workers {3}1 known, 0 available, 1 busy$/m)
    expect(out).toMatch(/^Wrong:\n {2}github {2}acme\/shop: not polled yet/m)
  })

  it('is coloured on a terminal', async () => {
    const { out } = await coxswain(['status'], { env: asReader(), paint: paintFor(true, {}) })
    expect(out).toContain('\u001b[33mdegraded\u001b[39m')
  })

  it('says as much as is open to all where there is no token, and how to see more', async () => {
    const { exitCode, out } = await coxswain(['status'], { env: { COXSWAIN_URL: served.url } })

    expect(exitCode).toBe(0)
    expect(out).toContain('Health    degraded')
    expect(out).toContain(
      'Queue and workers were not read: This needs a token with the scope reader. Set COXSWAIN_TOKEN',
    )
  })

  it('gives scripts health and what asks for a person', async () => {
    const { out } = await coxswain(['status', '--json'], { env: asReader() })
    expect(JSON.parse(out)).toMatchObject({ url: served.url, status: 'degraded', attention: [], unwell_workers: [] })
  })
})

describe('coxswain cancel and retry', () => {
  it('take an issue out of the queue and put it back, by its number where only one has it', async () => {
    const canceled = await coxswain(['cancel', '#8'], { env: asOperator() })
    expect(canceled).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^acme\/shop#8 is withdrawn\./) })

    const retried = await coxswain(['retry', 'https://github.com/acme/shop/issues/8'], { env: asOperator() })
    expect(retried).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^acme\/shop#8 is pending again/) })
    const { out } = await coxswain(['queue', '--json'], { env: asReader() })
    expect(JSON.parse(out).pending).toContainEqual(expect.objectContaining({ issue_number: 8, generation: 2 }))
  })

  it('ask which one is meant where several repositories have the number', async () => {
    const { exitCode, err } = await coxswain(['cancel', '7'], { env: asOperator() })

    expect(exitCode).toBe(1)
    expect(err).toBe('coxswain: Several repositories have an issue 7: name one of acme/shop#7, acme/till#7.')
    expect(await coxswain(['cancel', '7', '--repo', 'acme/till', '--json'], { env: asOperator() })).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('"status": "withdrawn"'),
    })
  })

  it('say that a number is not in the queue, and what the API says of a name that it does not know', async () => {
    expect(await coxswain(['retry', '404'], { env: asOperator() })).toMatchObject({
      exitCode: 1,
      err: 'coxswain: There is no issue 404 in the queue. Name its repository: owner/repo#404.',
    })
    expect(await coxswain(['retry', 'acme/shop#404'], { env: asOperator() })).toMatchObject({
      exitCode: 1,
      err: expect.stringMatching(/^coxswain: .*404/),
    })
  })
})

describe('what is refused', () => {
  it('is said with the scope that is needed and how to get a token', async () => {
    const { exitCode, err } = await coxswain(['cancel', 'acme/shop#8'], { env: asReader() })

    expect(exitCode).toBe(1)
    expect(err).toMatch(
      /operator.*Set COXSWAIN_TOKEN; "npx coxswain token create --scope operator --owner <your name>"/,
    )
  })

  it('is said of a wrong token without showing it', async () => {
    const { err } = await coxswain(['queue'], { env: { COXSWAIN_URL: served.url, COXSWAIN_TOKEN: 'cxw_wrong_token' } })

    expect(err).toMatch(/Set COXSWAIN_TOKEN/)
    expect(err).not.toContain('wrong_token')
  })

  it.each([
    [
      'nothing answers',
      'http://127.0.0.1:2',
      /Nothing answers at http:\/\/127\.0\.0\.1:2 \(\S+\)\. .*is COXSWAIN_URL its address\?/,
    ],
    ['it is no address', 'coxswain', /COXSWAIN_URL must be an address such as https:/],
    ['it holds a password', 'https://me:pass@example.com', /COXSWAIN_URL must be an address .* without a user in it/],
  ])('is said of COXSWAIN_URL when %s', async (_name, url, complaint) => {
    const { exitCode, err } = await coxswain(['queue'], { env: { COXSWAIN_URL: url, COXSWAIN_TOKEN: 't' } })

    expect(exitCode).toBe(1)
    expect(err).toMatch(complaint)
    expect(err).not.toContain('pass@')
  })

  it.each([
    ['a web page', 200, '<html>', /answers otherwise than this version expects/],
    [
      'an error of another service',
      404,
      '{"message":"Not Found"}',
      /answers 404 without saying why.*address of a Coxswain/,
    ],
    ['a redirect', 302, '', /answers 302/],
  ])('is said of %s at its address', async (_name, status, body, complaint) => {
    const server = createServer((_request, response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

    const { exitCode, err } = await coxswain(['queue'], { env: { COXSWAIN_URL: url, COXSWAIN_TOKEN: 't' } })

    expect(exitCode).toBe(1)
    expect(err).toMatch(complaint)
  })

  it('is said of titles that would move the cursor, by showing what they hold', async () => {
    const item = { repository: 'acme/shop', issue_number: 1, title: '\u001b[2Jwiped', status: 'pending' }
    const counts = { pending: 1, in_progress: 0, completed: 0, failed: 0 }
    const server = createServer((_request, response) => response.end(JSON.stringify({ pending: [item], counts })))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

    const { out } = await coxswain(['queue'], { env: { COXSWAIN_URL: url, COXSWAIN_TOKEN: 't' } })

    expect(out).toContain('\\u001b[2Jwiped')
    expect(out).not.toContain('\u001b')
  })
})
