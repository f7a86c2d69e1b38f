import { describe, expect, it } from 'vitest'
import { readConfig } from '#lib/config'
import { readServices } from '#lib/projects/settings'
import { partSettings, unconfigured } from '#lib/unconfigured'

const sentence = (env: Record<string, string>) => unconfigured(readConfig(partSettings, env))
const WHOLE = { PROJECT_SERVICE_URL: 'http://p', KUBECONFIG: '/k', AGENT_HUB_URL: 'http://h', EVENT_BUS_NAME: 'bus' }

describe('what a laptop goes without', () => {
  it('is named with the variables that change it', () => {
    expect(sentence({ COXSWAIN_LOCAL: 'true', AGENT_HUB_URL: 'http://h' })).toBe(
      'Not configured, and off: the services of projects (set PROJECT_SERVICE_URL, BACKLOG_SERVICE_URL, SPRINT_SERVICE_URL and CHRONICLE_SERVICE_URL); the cluster (set KUBECONFIG, or K8S_API_URL with K8S_TOKEN); the event bus (set EVENT_BUS_NAME).',
    )
  })

  it('is nothing where all is configured, nor anywhere but on a laptop', () => {
    expect(sentence({ ...WHOLE, COXSWAIN_LOCAL: 'true' })).toBeUndefined()
    expect(sentence({})).toBeUndefined()
  })
})

describe('the services of projects', () => {
  const ALL = {
    PROJECT_SERVICE_URL: 'http://p',
    BACKLOG_SERVICE_URL: 'http://b',
    SPRINT_SERVICE_URL: 'http://s',
    CHRONICLE_SERVICE_URL: 'http://c',
  }

  it('may be missing together on a laptop, and only there', () => {
    expect(readServices({ COXSWAIN_LOCAL: 'true' })).toBeUndefined()
    expect(() => readServices({})).toThrow('PROJECT_SERVICE_URL: is not set')
    expect(() => readServices({ ...ALL, SPRINT_SERVICE_URL: '', COXSWAIN_LOCAL: 'true' })).toThrow(
      'SPRINT_SERVICE_URL: is not set',
    )
    expect(readServices({ ...ALL, COXSWAIN_LOCAL: 'true' })).toEqual(ALL)
  })
})
