import { isAbsolute } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/errors'
import { readConfig } from '#worker/config'
import type { Environment } from '#worker/start/environment'

const ENV = {
  WORKER_ID: 'w1',
  ORCHESTRATOR_URL: 'https://coxswain.example',
  ORCHESTRATOR_TOKEN: 'orchestrator-secret',
  GITHUB_TOKEN: 'github-secret',
  PATH: '/bin',
  HOME: '/home/w',
}

function problemsOf(env: Environment): string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    return error instanceof AppError ? error.errors.map(({ path }) => path).sort() : ['not ours']
  }
}

function messageOf(env: Environment): string {
  try {
    readConfig(env)
    return ''
  } catch (error) {
    return String(error)
  }
}

describe('the configuration of the worker', () => {
  it('needs four values and has an answer for the rest', () => {
    const config = readConfig(ENV)

    expect(config).toMatchObject({
      github: { apiUrl: 'https://api.github.com', gitUrl: 'https://github.com' },
      pollIntervalMs: 30_000,
      maxJobs: 0,
      logLevel: 'info',
      command: { argv: ['claude', '-p', '--permission-mode', 'acceptEdits'], prompt: true, timeoutMs: 3_600_000 },
    })
    expect(isAbsolute(config.workspace)).toBe(true)
  })

  it('reports every problem at once, by name and without the value', () => {
    const wrong = {
      ORCHESTRATOR_URL: 'http://secret@far.example',
      WORKER_ID: 'has blanks',
      WORKER_POLL_INTERVAL: 'soon',
      WORKER_COMMAND: "claude 'open",
      WORKER_PASS_ENV: 'A,B-C',
      LOG_LEVEL: 'LOUD',
      GITHUB_TOKEN: ' ',
    }

    const names = [...Object.keys(wrong), 'ORCHESTRATOR_TOKEN'].sort()
    expect([...new Set(problemsOf(wrong))]).toEqual(names)
    expect(messageOf(wrong)).not.toMatch(/secret|blanks|soon|LOUD|B-C/)
  })

  it.each([
    ['http://127.0.0.1:8000', []],
    ['http://localhost:8000', []],
    ['http://orchestrator:8000', ['ORCHESTRATOR_URL']],
    ['file:///etc/passwd', ['ORCHESTRATOR_URL']],
    ['https://user:pw@coxswain.example', ['ORCHESTRATOR_URL']],
    ['coxswain.example', ['ORCHESTRATOR_URL']],
  ])('judges the orchestrator at %s', (ORCHESTRATOR_URL, problems) => {
    expect(problemsOf({ ...ENV, ORCHESTRATOR_URL })).toEqual(problems)
  })

  it('takes plain http where it is allowed by name', () => {
    const env = {
      ...ENV,
      ORCHESTRATOR_URL: 'http://orchestrator:8000',
      ALLOW_PRIVATE_URLS: 'other:1, orchestrator:8000',
    }
    expect(problemsOf(env)).toEqual([])
  })

  it.each([
    ['https://ghe.example/api/v3', undefined, 'https://ghe.example'],
    ['http://127.0.0.1:4010', undefined, 'http://127.0.0.1:4010'],
    ['https://api.github.com', 'https://git.example', 'https://git.example'],
    ['https://api.tenant.ghe.com', undefined, 'https://tenant.ghe.com'],
  ])('clones, with the API at %s and the base %s, from %s', (GITHUB_API_URL, GIT_BASE_URL, gitUrl) => {
    expect(readConfig({ ...ENV, GITHUB_API_URL, GIT_BASE_URL }).github.gitUrl).toBe(gitUrl)
  })

  it('can do without a GitHub token only on loopback', () => {
    expect(problemsOf({ ...ENV, GITHUB_TOKEN: undefined })).toEqual(['GITHUB_TOKEN'])
    expect(problemsOf({ ...ENV, GITHUB_TOKEN: undefined, GITHUB_API_URL: 'http://127.0.0.1:1' })).toEqual([])
  })
})

describe('what a command may see', () => {
  const env = { ...ENV, ANTHROPIC_API_KEY: 'anthropic-secret', EXTRA: 'x', OTHER: 'y' }

  it('is little, and the key only for the default command', () => {
    expect(readConfig(env).command.env).toEqual({
      PATH: '/bin',
      HOME: '/home/w',
      ANTHROPIC_API_KEY: 'anthropic-secret',
    })
    expect(readConfig({ ...env, WORKER_COMMAND: 'aider' }).command.env).toEqual({ PATH: '/bin', HOME: '/home/w' })
  })

  it('is more where it is listed', () => {
    const listed = readConfig({ ...env, WORKER_COMMAND: 'aider', WORKER_PASS_ENV: 'EXTRA, ANTHROPIC_API_KEY,ABSENT' })
    expect(listed.command.env).toEqual({
      PATH: '/bin',
      HOME: '/home/w',
      EXTRA: 'x',
      ANTHROPIC_API_KEY: 'anthropic-secret',
    })
  })
})
