import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import leasing from '../../../events/work-next.json' with { type: 'json' }
import { theStack } from '../support/a-stack.ts'
import { aBrowser, CHROMIUM } from '../support/browser.ts'
import { createAttack } from '../support/lambda.ts'
import { hasProc, portsOf } from '../support/ports.ts'

const SCRIPT = readFileSync(new URL('../support/attacker.js', import.meta.url), 'utf8')
const EVIL = 'evil.example'
const REBOUND = 'rebound.example'

interface Shot {
  readonly port: number
  readonly path: string
  readonly body: string
}

/** A page of the attacker's, on a port of its own. */
async function aPage(): Promise<number> {
  const server = createServer((_, answer) => {
    answer.writeHead(200, { 'content-type': 'text/html' })
    answer.end(`<!doctype html><title>Free kittens</title><iframe name="sink"></iframe><script>${SCRIPT}</script>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const lease = {
  ...leasing,
  requestContext: {
    ...leasing.requestContext,
    authorizer: { lambda: { token_id: 'x', owner: '*', scopes: 'worker operator' } },
  },
}
const FORGED_ISSUE = { repository: 'coxswain-demo/storefront', issues: [{ title: 'evil' }] }
const FORGED_FAULT = { status: 503, until_healed: true, times: 1_000 }
const FORGED_TOKEN = { TableName: 'coxswain', Item: { pk: { S: 'TOKEN#evil' }, sk: { S: 'TOKEN' } } }

/** What a page could want to do to each port, by what it does where nothing is guarded. */
function shotsAt(port: number, lambdaPort: number): readonly Shot[] {
  if (port === lambdaPort) {
    const functions = '/2015-03-31/functions/coxswain-dev-'
    return [{ port, path: `${functions}workNext/invocations`, body: JSON.stringify(lease) }]
  }
  return [
    { port, path: '/', body: JSON.stringify(FORGED_TOKEN) },
    { port, path: '/_stand_in/issues', body: JSON.stringify(FORGED_ISSUE) },
    { port, path: '/_stand_in/faults', body: JSON.stringify(FORGED_FAULT) },
    { port, path: '/github/poll', body: '{}' },
  ]
}

/** The issues of the demo. */
const FULL = { pending: 6, in_progress: 0 }

const isPossible = hasProc && CHROMIUM !== undefined

describe.skipIf(!isPossible)('a page of another origin in a real Chromium (needs chromium and /proc)', () => {
  const stack = theStack({ GITHUB_POLL_INTERVAL: '3600' })

  const titles = async () => {
    const { stand_ins, stand_in_tokens } = stack().dev
    const headers = { authorization: `Bearer ${stand_in_tokens.github}` }
    const answer = await fetch(`${stand_ins['github']}/repos/coxswain-demo/storefront/issues?per_page=100`, { headers })
    return ((await answer.json()) as readonly { title: string }[]).map(({ title }) => title)
  }
  const queue = async () => {
    const headers = { authorization: `Bearer ${stack().dev.tokens.reader}` }
    const answer = await fetch(`${stack().dev.url}/queue?limit=100`, { headers })
    const { pending, in_progress } = (await answer.json()) as Record<'pending' | 'in_progress', readonly unknown[]>
    return { pending: pending.length, in_progress: in_progress.length }
  }

  it.each([
    ['another site', EVIL],
    ['another port of this machine', '127.0.0.1'],
  ])('reads nothing and changes nothing on any port: %s', async (_whose, host) => {
    await fetch(`${stack().dev.url}/github/poll`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stack().dev.tokens.operator}` },
    })
    await expect.poll(queue, { timeout: 60_000 }).toEqual(FULL)
    const before = { titles: await titles(), queue: await queue() }
    const attack = createAttack(stack())
    const open = portsOf(stack()).filter(({ address }) => address === '127.0.0.1')
    const page = await (await aBrowser([EVIL, REBOUND])).newPage()
    await page.goto(`http://${host}:${await aPage()}/`)

    const shots = open.flatMap(({ port }) => shotsAt(port, attack.port))
    const read = await page.evaluate(`fire(${JSON.stringify(shots)})`)

    expect(read).toEqual([])
    expect({ titles: await titles(), queue: await queue() }).toEqual(before)
  })

  it('finds no way in by a name that DNS was made to lead here', async () => {
    const page = await (await aBrowser([REBOUND])).newPage()
    const answer = await page.goto(`http://${REBOUND}:${stack().port}/docs`)
    expect(answer?.status()).toBe(421)
    expect(await answer?.text()).toContain('ALLOWED_HOSTS')
  })

  it('may be left by a link to a page of ours, which loads and works', async () => {
    const page = await (await aBrowser([EVIL])).newPage()
    await page.goto(`http://${EVIL}:${await aPage()}/`)
    await page.evaluate(`location.href = '${stack().dev.url}/docs'`)
    await page.waitForURL('**/docs')
    await page.waitForSelector('.swagger-ui .opblock')
    const health = await page.evaluate(`fetch('/health').then(({ status }) => status)`)
    expect(health).toBe(200)
    const issues = await page.goto(`${stack().dev.stand_ins['github']}/coxswain-demo/storefront`)
    expect(issues?.status()).toBe(200)
  })
})
