/** The local stack tells at its start which address on this machine is not listed, by its variable and its host:port. */
import { describe, expect, it } from 'vitest'
import { readSettings } from '#sandbox/stack/settings'

describe('an address on this machine that nobody has listed', () => {
  it.each([
    ['AGENT_HUB_URL', 'http://localhost:8001', 'localhost:8001'],
    ['AGENT_HUB_URL', 'https://10.0.0.5', '10.0.0.5:443'],
    ['PROJECT_SERVICE_URL', 'http://127.0.0.1:9001', '127.0.0.1:9001'],
    ['CHRONICLE_SERVICE_URL', 'http://[::1]:9004/chronicle', '[::1]:9004'],
    ['SPRINT_SERVICE_URL', 'http://sprint.localhost', 'sprint.localhost:80'],
  ])('is refused when the local stack starts: %s=%s', (name, url, place) => {
    expect(() => readSettings({ [name]: url })).toThrow(
      new RegExp(`${name}.*list ${place.replace(/[[\]]/g, '\\$&')} in ALLOW_PRIVATE_URLS`),
    )
    expect(readSettings({ [name]: url, ALLOW_PRIVATE_URLS: `other:1, ${place}` }).allowed).toContain(place)
  })

  it('may be a service of one’s own network without a list, and a public one', () => {
    const env = { PROJECT_SERVICE_URL: 'http://10.1.2.3:8000', AGENT_HUB_URL: 'https://hub.example.com' }
    expect(readSettings(env)).toMatchObject({ allowed: [], agentHub: 'https://hub.example.com' })
  })

  it('is never the metadata service', () => {
    const env = { ALLOW_PRIVATE_URLS: '169.254.169.254:80', AGENT_HUB_URL: 'http://169.254.169.254/' }
    expect(() => readSettings(env)).toThrow(/AGENT_HUB_URL.*link-local/)
  })

  it.each(['localhost', 'http://localhost:8001', 'localhost:http', '*:80', 'a:1;b:2'])(
    'cannot be listed as %s, which would allow nothing',
    (entry) => {
      expect(() => readSettings({ ALLOW_PRIVATE_URLS: entry })).toThrow(/ALLOW_PRIVATE_URLS: must be host:port pairs/)
    },
  )
})
