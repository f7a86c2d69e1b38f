/** A GitHub App from its private key to an issue read and a label written, against the stand-in that checks its tokens. */
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { hours } from '#lib/clock'
import { createAppClient } from '#lib/github/app'
import { readPrivateKey } from '#lib/github/app-key'
import { connect, credentialOf } from '#lib/github/credential'
import { createIssueSource } from '#lib/github/source'
import { createIssueWriter } from '#lib/github/writer'
import { aClock } from '#test/helpers/clock'
import { ACME, aFolder, aGitHub } from '#test/sandbox/github/helpers'

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const PUBLIC = String(publicKey.export({ type: 'spki', format: 'pem' }))
/** GitHub hands keys out in the older form. */
const PRIVATE = String(privateKey.export({ type: 'pkcs1', format: 'pem' }))
const STRANGERS = String(
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
)
const LOOK_UP = 'GET /repos/:owner/:repo/installation'
const GRANT = 'POST /app/installations/:id/access_tokens'

async function aWorld(more: object = {}) {
  const app = { id: '4711', publicKey: PUBLIC, installations: { 7: 'acme', 8: 'globex' } }
  const github = await aGitHub({ app, token: 'nobody-knows', ...more })
  const anApp = (over: Partial<Parameters<typeof createAppClient>[0]> = {}) =>
    createAppClient({ baseUrl: github.url, appId: '4711', privateKey: readPrivateKey(PRIVATE), ...over })
  const calls = () => ({ lookUps: github.stats().calls[LOOK_UP] ?? 0, grants: github.stats().calls[GRANT] ?? 0 })
  return { github, anApp, calls }
}

describe('a GitHub App', () => {
  it('reads and writes with the token of the installation that it looked up, fetched once', async () => {
    const { github, anApp, calls } = await aWorld()
    const number = github.seed.issue({ repository: ACME, title: 'Leak', labels: ['ai-ready'] })
    const client = anApp()

    const listing = await createIssueSource({ client }).list(ACME, 'ai-ready', undefined)
    const shown = { state_label: 'ai-in-progress', remove_labels: ['ai-ready'], comment: null }
    await createIssueWriter({ client }).apply({ repository: ACME, number, ...shown }, { repeat: false })

    expect(listing).toMatchObject({ kind: 'listed', issues: [{ number }] })
    expect(github.stats().issues[`${ACME}#${number}`]?.labels).toEqual(['ai-in-progress'])
    expect(calls()).toEqual({ lookUps: 1, grants: 1 })
    expect(client.rateLimit()).toMatchObject({ limit: 5000 })
  })

  it('looks nothing up when its installation is named', async () => {
    const { anApp, calls } = await aWorld()
    await createIssueSource({ client: anApp({ installationId: 7 }) }).list(ACME, 'ai-ready', undefined)
    expect(calls()).toEqual({ lookUps: 0, grants: 1 })
  })

  it('has a gate for each account: where one is told to wait, the others go on', async () => {
    const { github, anApp } = await aWorld()
    await github.seed.repository('globex/web')
    const client = anApp()
    const source = createIssueSource({ client })
    await source.list('globex/web', 'ai-ready', undefined)
    github.fail({ match: { path: /^\/repos\/acme\/shop\/issues/ }, status: 403, retryAfter: 120 })

    await expect(source.list(ACME, 'ai-ready', undefined)).rejects.toMatchObject({ code: 'rate_limited' })
    const before = github.stats().calls['GET /repos/:owner/:repo/issues']
    await expect(source.list(ACME, 'ai-ready', undefined)).rejects.toMatchObject({ code: 'rate_limited' })

    expect(github.stats().calls['GET /repos/:owner/:repo/issues']).toBe(before)
    expect(await source.list('globex/web', 'ai-ready', undefined)).toMatchObject({ kind: 'listed' })
    expect(client.closedUntil()).toBeLessThan(Date.now())
    client.closeUntil(Date.now() + hours(1))
    await expect(source.list('globex/web', 'ai-ready', undefined)).rejects.toMatchObject({ code: 'rate_limited' })
  })

  it('is told in plain words what is wrong with it', async () => {
    const { anApp } = await aWorld()
    const list = (over: object, repository = ACME) =>
      createIssueSource({ client: anApp(over) }).list(repository, 'ai-ready', undefined)

    await expect(list({ privateKey: STRANGERS })).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('do not belong together'),
    })
    await expect(list({ appId: '1' })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(list({ installationId: 99 })).rejects.toMatchObject({ code: 'gone' })
    await expect(list({}, 'elsewhere/thing')).rejects.toMatchObject({
      code: 'gone',
      message: expect.stringContaining('not installed'),
    })
    await expect(list({ baseUrl: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'upstream_unavailable' })
    await expect(anApp().request('GET /rate_limit')).rejects.toMatchObject({ code: 'internal' })
  })

  it('is refused by the stand-in with a token of yesterday, as by GitHub', async () => {
    const { anApp } = await aWorld({ clock: aClock(Date.now() + hours(24)) })
    await expect(anApp({ installationId: 7 }).request('GET /repos/acme/shop')).rejects.toMatchObject({
      code: 'forbidden',
    })
  })
})

describe('its settings', () => {
  const settings = { GITHUB_APP_ID: '4711', GITHUB_APP_PRIVATE_KEY: PRIVATE }

  it('take the key as text, as text on one line, and as a path', async () => {
    const path = join(await aFolder(), 'app.pem')
    await writeFile(path, PRIVATE)
    const keys = [PRIVATE, PRIVATE.replaceAll('\n', '\\n'), path].map(readPrivateKey)

    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^-----BEGIN PRIVATE KEY-----/)
  })

  it.each([
    [{ GITHUB_TOKEN: 't', ...settings }, /not both/],
    [{}, /GITHUB_TOKEN: is not set \(nor GITHUB_APP_ID\)/],
    [{ GITHUB_APP_ID: '1' }, /GITHUB_APP_PRIVATE_KEY: is not set/],
    [{ GITHUB_APP_PRIVATE_KEY: PRIVATE }, /GITHUB_APP_ID: is not set/],
    [{ ...settings, GITHUB_APP_ID: 'a b' }, /GITHUB_APP_ID: must be/],
    [{ ...settings, GITHUB_APP_INSTALLATION_ID: 'x' }, /GITHUB_APP_INSTALLATION_ID: must be a number/],
    [{ ...settings, GITHUB_APP_PRIVATE_KEY: '/nowhere.pem' }, /neither the PEM text/],
    [{ ...settings, GITHUB_APP_PRIVATE_KEY: '-----BEGIN RSA PRIVATE KEY-----\nsecret' }, /cannot be read/],
  ])('that are wrong name the one to mend, and show no key', (given, message) => {
    expect(() => credentialOf(given)).toThrow(message)
    expect(() => credentialOf(given)).not.toThrow(/secret/)
  })

  it('take no key of another kind', () => {
    const { privateKey: other } = generateKeyPairSync('ed25519')
    expect(() => readPrivateKey(String(other.export({ type: 'pkcs8', format: 'pem' })))).toThrow(/no RSA key/)
  })

  it('lead to GitHub by either way', async () => {
    const { github } = await aWorld()
    const byApp = connect(credentialOf({ ...settings, GITHUB_APP_INSTALLATION_ID: '7' }), github.url)
    const byToken = connect(credentialOf({ GITHUB_TOKEN: 'nobody-knows' }), github.url)
    for (const client of [byApp, byToken])
      expect(
        (await client.request('GET /repos/{owner}/{repo}', { params: { owner: 'acme', repo: 'shop' } })).status,
      ).toBe(200)
  })
})
