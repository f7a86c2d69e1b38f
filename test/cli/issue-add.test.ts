import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Clock } from '#lib/clock'
import { writeDevFile } from '#sandbox/stack/dev-file'
import { identify } from '#sandbox/stack/processes'
import { coxswain } from '#test/helpers/cli'
import { aDevFile } from '#test/helpers/dev-file'
import { SHOP } from '#test/helpers/functions'
import { type Served, serveFunctions } from '#test/helpers/served'

let served: Served
let gitHub: Record<string, string>

beforeAll(async () => {
  served = await serveFunctions()
  gitHub = { GITHUB_API_URL: served.functions.github.url, GITHUB_TOKEN: 'test-token', GITHUB_REPO: SHOP }
})

afterAll(() => served.stop())

const asOperator = () => ({ ...gitHub, COXSWAIN_URL: served.url, COXSWAIN_TOKEN: served.tokens.operator })

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-issue-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function issueOn(name: string) {
  const [repository, number] = name.split('#')
  const answer = await fetch(`${gitHub['GITHUB_API_URL']}/repos/${repository}/issues/${number}`, {
    headers: { authorization: 'Bearer test-token' },
  })
  return (await answer.json()) as { title: string; body: string; labels: { name: string }[] }
}

/** Moves on by ten seconds at every look. */
function aHastyClock(): Clock {
  let now = 0
  return { now: () => (now += 10_000) }
}

/** A GitHub that answers every issue with this. */
async function aGitHub(status: number, answer: object): Promise<Record<string, string>> {
  const server = createServer((_request, response) => response.writeHead(status).end(JSON.stringify(answer)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return { ...asOperator(), GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('coxswain issue add', () => {
  it('writes an issue as the queue takes it, and says its number, its address and that it is queued', async () => {
    const argv = ['issue', 'add', 'Sort by name', '--body', 'Case does not matter.', '--label', 'priority:high']
    const { exitCode, lines, notes } = await coxswain(argv, { env: asOperator() })

    expect(exitCode).toBe(0)
    const [name = '', url = ''] = lines[0]?.split('  ') ?? []
    expect(name).toMatch(/^acme\/shop#\d+$/)
    expect(url).toBe(`${gitHub['GITHUB_API_URL']}/acme/shop/issues/${name.split('#')[1]}`)
    expect(lines[1]).toBe('It is queued with priority high: a worker takes it up when it asks next.')
    expect(notes).toEqual([`Written: ${url}. Waiting until it is queued …`])
    expect(await issueOn(name)).toMatchObject({ title: 'Sort by name', body: 'Case does not matter.' })
    const queue = await coxswain(['queue', '--json'], { env: asOperator() })
    expect(JSON.parse(queue.out).pending).toContainEqual(expect.objectContaining({ title: 'Sort by name' }))
  })

  it('takes the body from a file, or from what is piped in', async () => {
    const file = join(aFolder(), 'body.md')
    writeFileSync(file, 'From a file.\n')

    const fromFile = await coxswain(['issue', 'add', 'A', '--body-file', file], { env: asOperator() })
    const piped = await coxswain(['issue', 'add', 'B', '--body-file', '-'], {
      env: asOperator(),
      input: async () => 'From a pipe.\n',
    })

    expect(await issueOn(fromFile.lines[0]?.split('  ')[0] ?? '')).toMatchObject({ body: 'From a file.\n' })
    expect(await issueOn(piped.lines[0]?.split('  ')[0] ?? '')).toMatchObject({ body: 'From a pipe.\n' })
    expect(await coxswain(['issue', 'add', 'C', '--body-file', '/no/such'], { env: asOperator() })).toMatchObject({
      exitCode: 1,
      err: 'coxswain: --body-file /no/such cannot be read (ENOENT).',
    })
  })

  it('gives scripts the number, the address and the state', async () => {
    const { out } = await coxswain(['issue', 'add', 'For a script', '--json'], { env: asOperator() })
    expect(JSON.parse(out)).toMatchObject({
      ...{ repository: SHOP, issue_number: expect.any(Number), queued: true, status: 'pending' },
      url: expect.stringMatching(/^http:.*\/issues\/\d+$/),
    })
  })

  it('writes to the GitHub of the local stack, whatever else the shell names', async () => {
    const folder = aFolder()
    const functions = { env: { ...gitHub, GITHUB_REPOS: 'acme/till', GITHUB_REPO: '' }, withheld: [] }
    writeDevFile(folder, aDevFile({ url: served.url, tokens: served.tokens, owner: identify(process.pid), functions }))
    const shell = { GITHUB_API_URL: 'https://api.github.com', GITHUB_TOKEN: 'of the user', GITHUB_REPO: 'me/mine' }

    const { exitCode, lines } = await coxswain(['issue', 'add', 'Local'], {
      env: { ...shell, COXSWAIN_DATA_DIR: folder },
    })

    expect({ exitCode, first: lines[0] }).toEqual({ exitCode: 0, first: expect.stringMatching(/^acme\/till#\d+ {2}/) })
  })

  it('asks for GITHUB_TOKEN where the local stack reads GitHub itself, whose token no file holds', async () => {
    const folder = aFolder()
    const functions = { env: { GITHUB_REPO: SHOP }, withheld: ['GITHUB_TOKEN'] }
    writeDevFile(folder, aDevFile({ owner: identify(process.pid), functions }))

    expect(await coxswain(['issue', 'add', 'T'], { env: { COXSWAIN_DATA_DIR: folder } })).toMatchObject({
      exitCode: 1,
      err: 'coxswain: Set GITHUB_TOKEN to a token that may write issues at https://api.github.com, which this Coxswain reads.',
    })
  })
})

describe('an issue that cannot be added', () => {
  it('is not written without a repository, or to one that Coxswain does not look at', async () => {
    const nowhere = { ...asOperator(), GITHUB_REPO: '' }
    expect(await coxswain(['issue', 'add', 'T'], { env: nowhere })).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('Name the repository: --repo owner/repo, or GITHUB_REPO.'),
    })
    const both = { ...asOperator(), GITHUB_REPOS: 'acme/shop,acme/till' }
    expect(await coxswain(['issue', 'add', 'T'], { env: both })).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('--repo takes one of acme/shop, acme/till.'),
    })
    expect(await coxswain(['issue', 'add', 'T', '--repo', 'acme/other'], { env: both })).toMatchObject({
      exitCode: 1,
      err: 'coxswain: Coxswain does not look at acme/other, but at acme/shop, acme/till.',
    })
  })

  it.each([
    [401, 'Bad credentials', /Bad credentials. Is GITHUB_TOKEN right, and not expired\?/],
    [404, 'Not Found', /Not Found. Is acme\/shop right, and may GITHUB_TOKEN write issues there/],
    [410, 'Issues are disabled for this repo', /Turn issues on in the settings of acme\/shop/],
    [502, 'Bad gateway', /Bad gateway. Look whether the issue is there before you repeat this/],
  ])('says what GitHub says with %i, and what to do', async (status, message, complaint) => {
    const { exitCode, err } = await coxswain(['issue', 'add', 'T'], { env: await aGitHub(status, { message }) })

    expect(exitCode).toBe(1)
    expect(err).toMatch(complaint)
    expect(err).not.toContain('test-token')
  })

  it('says that GitHub is not reached, and that a repeat may write it twice', async () => {
    const { err } = await coxswain(['issue', 'add', 'T'], {
      env: { ...asOperator(), GITHUB_API_URL: 'http://127.0.0.1:2' },
    })
    expect(err).toMatch(/gives no answer .*\(ECONNREFUSED\).*Is GITHUB_API_URL right\?.*look before you repeat/)
  })

  it('says that the token may not set the label that asks for work', async () => {
    const html_url = 'https://github.com/acme/shop/issues/1'
    const { exitCode, err } = await coxswain(['issue', 'add', 'T'], {
      env: await aGitHub(201, { number: 1, html_url, labels: [] }),
    })

    expect(exitCode).toBe(1)
    expect(err).toMatch(/written, but without the label ai-ready: https:\/\/github\.com\/acme\/shop\/issues\/1\./)
  })

  it('is said to be written, but not queued, when it does not show in time', async () => {
    const labels = [{ name: 'ai-ready' }]
    const env = await aGitHub(201, { number: 4_242, html_url: 'https://github.com/acme/shop/issues/4242', labels })

    const { exitCode, out } = await coxswain(['issue', 'add', 'T'], { env, clock: aHastyClock() })

    expect(exitCode).toBe(1)
    expect(out).toMatch(/^acme\/shop#4242 {2}.*\nIt is written, but not queued\. .*"npx coxswain status"/)
  })

  it('waits for the webhook or the next poll with a token that may only look', async () => {
    const env = { ...asOperator(), COXSWAIN_TOKEN: served.tokens.reader }

    const { exitCode, out } = await coxswain(['issue', 'add', 'Only look'], { env, clock: aHastyClock() })

    expect({ exitCode, out }).toEqual({
      exitCode: 1,
      out: expect.stringContaining('not queued. It is not in the queue after 30 s.'),
    })
  })
})
