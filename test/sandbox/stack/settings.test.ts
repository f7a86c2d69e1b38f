import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort, portOf, requirePort } from '#sandbox/stack/ports'
import { isLoopback, readSettings, urlOf } from '#sandbox/stack/settings'

describe('the settings of the local stack', () => {
  it('need nothing to be set', () => {
    expect(readSettings({})).toMatchObject({
      dataDir: expect.stringMatching(/\.local$/),
      host: '127.0.0.1',
      port: 8000,
      table: 'coxswain',
      dynamodb: undefined,
      github: undefined,
      pollSeconds: 60,
    })
  })

  it('take GitHub itself when both a token and a repository are given', () => {
    const { github } = readSettings({ GITHUB_TOKEN: 't', GITHUB_REPO: 'acme/shop', GITHUB_REPOS: 'acme/shop,acme/web' })

    expect(github).toEqual({ apiUrl: 'https://api.github.com', token: 't', repositories: ['acme/shop', 'acme/web'] })
  })

  it.each([
    [{ GITHUB_TOKEN: 'ghp_1' }, 'GITHUB_TOKEN is set but GITHUB_REPO is not. Set GITHUB_REPO=owner/repo as well'],
    [
      { GITHUB_REPO: 'acme/shop' },
      'GITHUB_REPO is set but GITHUB_TOKEN is not. Set GITHUB_TOKEN=<token> (or GITHUB_APP_ID',
    ],
    [{ GITHUB_REPOS: 'acme/shop' }, 'GITHUB_REPOS is set but GITHUB_TOKEN is not.'],
    [{ GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: 'k' }, 'GITHUB_APP_ID is set but GITHUB_REPO is not.'],
    [{ GITHUB_APP_ID: '1' }, 'GITHUB_APP_ID is set but GITHUB_REPO is not.'],
    [{ GITHUB_APP_ID: '1', GITHUB_REPO: 'acme/shop' }, 'GITHUB_APP_ID is set but GITHUB_APP_PRIVATE_KEY is not.'],
    [{ GITHUB_APP_PRIVATE_KEY: 'k', GITHUB_REPO: 'a/b' }, 'GITHUB_APP_PRIVATE_KEY is set but GITHUB_APP_ID is not.'],
  ])('refuse half of a GitHub, %o, and name both ways to mend it', (env, complaint) => {
    expect(() => readSettings(env)).toThrow(complaint)
    expect(() => readSettings(env)).toThrow('or start with STAND_INS=on to leave it unused and work on the stand-in.')
    expect(() => readSettings({ ...env, STAND_INS: 'off' })).toThrow(complaint)
    expect(() => readSettings(env)).not.toThrow('ghp_1')
  })

  it.each([{ GITHUB_TOKEN: 't' }, { GITHUB_REPO: 'acme/shop' }, { GITHUB_APP_ID: '1', GITHUB_REPO: 'acme/shop' }])(
    'take the stand-in in the place of half a GitHub, %o, where STAND_INS=on says so, with a remark',
    (env) => {
      expect(readSettings({ ...env, STAND_INS: 'on' })).toMatchObject({
        github: undefined,
        remarks: [expect.stringMatching(/is set but GITHUB_\w+ is not. The stand-in takes GitHub's place./)],
      })
    },
  )

  it('refuse two credentials, and a key that cannot be used, as the functions would', () => {
    const both = { GITHUB_TOKEN: 't', GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: 'k', GITHUB_REPO: 'acme/shop' }

    expect(() => readSettings(both)).toThrow('set one of them, not both')
    expect(() => readSettings({ ...both, GITHUB_TOKEN: '' })).toThrow('GITHUB_APP_PRIVATE_KEY')
  })

  it('start no stand-in at all with STAND_INS=off, and sweep no projects then', () => {
    const env = { STAND_INS: 'off', GITHUB_TOKEN: 't', GITHUB_REPO: 'acme/shop' }

    expect(readSettings(env)).toMatchObject({
      ...{ standIns: false, hasProjects: false, agentHub: '', cluster: {}, eventBus: {} },
      upstream: { project: undefined, backlog: undefined, sprint: undefined, chronicle: undefined },
    })
    expect(readSettings({})).toMatchObject({ standIns: true, hasProjects: true, cluster: undefined })
    expect(() => readSettings({ STAND_INS: 'off' })).toThrow('GITHUB_TOKEN and GITHUB_REPO')
  })

  it('want all services or none with STAND_INS=off', () => {
    const env = { STAND_INS: 'off', GITHUB_TOKEN: 't', GITHUB_REPO: 'acme/shop' }
    const services = { PROJECT_SERVICE_URL: 'https://p.example', BACKLOG_SERVICE_URL: 'https://b.example' }
    const all = { ...services, SPRINT_SERVICE_URL: 'https://s.example', CHRONICLE_SERVICE_URL: 'https://c.example' }

    expect(() => readSettings({ ...env, ...services })).toThrow(
      'set SPRINT_SERVICE_URL and CHRONICLE_SERVICE_URL as well',
    )
    expect(readSettings({ ...env, ...all }).hasProjects).toBe(false)
    expect(readSettings({ ...env, ...all, KUBECONFIG: '/k' }).hasProjects).toBe(true)
  })

  it.each([
    ['K8S_NAMESPACE', 'Not_Valid', 'must be a DNS label'],
    ['CRONJOB_IMAGE', 'no image', 'must be a container image'],
    ['CRONJOB_SERVICE_ACCOUNT', 'No_Account', 'must be a DNS name'],
    ['CRONJOB_SPRINT_SERVICE_URL', 'sprint', 'must be an http or https address'],
    ['AWS_REGION', 'Frankfurt am Main', 'must be a region of AWS'],
    ['GITHUB_ISSUE_LABELS', ',', 'must be labels separated by commas'],
    ['TRUSTED_LABELERS', 'ada lovelace', 'must be GitHub logins'],
    ['EVENT_BUS_NAME', 'my bus', 'must be the name or the ARN of an event bus'],
    ['REDIS_URL', 'localhost:6379', 'must be an address like rediss://'],
    ['LLM_TEMPERATURE', 'hot', 'must be a number from 0 to 2'],
    ['LLM_MODEL', 'gpt 5', 'must be one word'],
    ['COUNCIL_RUN_SECONDS', '9999', 'must be a whole number'],
    ['WORKER_IPS', '10.0.0.1', 'WORKER_SSH_KEY: is not set, but WORKER_IPS is'],
    ['WORKER_UNIT', 'a b', 'must be the name of a systemd unit'],
    ['K8S_API_URL', 'https://k.example', 'K8S_TOKEN: is needed with K8S_API_URL'],
    ['K8S_CA', 'nonsense', 'must be a PEM certificate'],
    ['AGENTS_FILE', '/nowhere/agents.yml', 'names /nowhere/agents.yml, which cannot be read'],
    ['GRPC_METRICS_PORT', '70000', 'must be a whole number'],
  ])('refuse %s=%s at once, which the functions would refuse later', (name, value, complaint) => {
    const more = name === 'K8S_CA' ? { K8S_API_URL: 'https://k.example', K8S_TOKEN: 't' } : {}

    expect(() => readSettings({ ...more, [name]: value })).toThrow(name)
    expect(() => readSettings({ ...more, [name]: value })).toThrow(complaint)
  })

  it('name everything that is wrong at once, and no token', () => {
    const env = { ORCHESTRATOR_PORT: '70000', STAND_INS: 'maybe', COXSWAIN_TOKENS: 'king=secret', LEASE_SECONDS: '-1' }

    expect(() => readSettings(env)).toThrow(/ORCHESTRATOR_PORT.*STAND_INS|STAND_INS.*ORCHESTRATOR_PORT/)
    expect(() => readSettings(env)).toThrow(/LEASE_SECONDS/)
    expect(() => readSettings(env)).toThrow(/COXSWAIN_TOKENS: must be written reader=/)
    expect(() => readSettings(env)).not.toThrow(/secret/)
  })
})

describe('an address', () => {
  it.each([
    ['127.0.0.1', true, 'http://127.0.0.1:80'],
    ['localhost', true, 'http://localhost:80'],
    ['::1', true, 'http://[::1]:80'],
    ['0.0.0.0', false, 'http://127.0.0.1:80'],
    ['::', false, 'http://[::1]:80'],
    ['192.168.0.7', false, 'http://192.168.0.7:80'],
    ['127.0.0.1.example.com', false, 'http://127.0.0.1.example.com:80'],
  ])('of %s is loopback: %s', (host, loopback, url) => {
    expect(isLoopback(host)).toBe(loopback)
    expect(urlOf(host, 80)).toBe(url)
  })
})

describe('a port', () => {
  const taken = async (): Promise<number> => {
    const server = createServer()
    onTestFinished(() => void server.close())
    const port = await freePort()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return port
  }

  it('that is taken is named together with the variable that changes it', async () => {
    const port = await taken()

    await expect(requirePort('127.0.0.1', port, 'ORCHESTRATOR_PORT')).rejects.toMatchObject({
      code: 'conflict',
      message: `Port ${port} on 127.0.0.1 is taken. Stop what listens there, or set ORCHESTRATOR_PORT.`,
    })
  })

  it('is kept from an earlier run when it is free, and replaced when it is not', async () => {
    const earlier = await freePort()
    const lost = await taken()

    expect(await freePort(portOf(`http://127.0.0.1:${earlier}`))).toBe(earlier)
    expect(await freePort(portOf(`http://127.0.0.1:${lost}`))).not.toBe(lost)
    expect(portOf(undefined)).toBe(0)
  })
})
