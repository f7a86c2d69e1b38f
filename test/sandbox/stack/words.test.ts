import { describe, expect, it } from 'vitest'
import { hints } from '#sandbox/stack/words'

const DEV = {
  url: 'http://127.0.0.1:8000',
  grpc: '127.0.0.1:50055',
  tokens: { reader: 'r-secret', worker: 'w-secret', operator: 'o-secret' },
  dynamodb: { endpoint: 'http://127.0.0.1:1', table: 'coxswain', access_key_id: 'key' },
  stand_ins: { github: 'http://127.0.0.1:3001', upstream: 'http://127.0.0.1:3002', cluster: 'https://127.0.0.1:3003' },
  stand_in_tokens: { github: 'g-secret', control: 'c-secret' },
  functions: { env: {}, withheld: [] },
}

const said = (isTerminal: boolean, dataDir = "/it's mine", dev = DEV) => hints(dev, { dataDir, isTerminal }).join('\n')

describe('the hints of a start', () => {
  it('name the documentation, the stand-in GitHub and a worker with everything it needs', () => {
    const text = said(true)

    for (const word of [
      'http://127.0.0.1:8000/docs',
      'ORCHESTRATOR_URL=http://127.0.0.1:8000',
      'ORCHESTRATOR_TOKEN=w-secret',
      'GITHUB_API_URL=http://127.0.0.1:3001',
      'GITHUB_TOKEN=g-secret',
      'npx coxswain-worker --plain',
    ])
      expect(text).toContain(word)
  })

  it('hold no token where they are not read by a person, and say where the shell finds it', () => {
    const text = said(false)

    expect(text).not.toContain('secret')
    expect(text).toContain(
      `ORCHESTRATOR_TOKEN=$(node -p 'require(process.argv[1]).tokens.worker' '/it'\\''s mine/dev.json')`,
    )
  })

  it('name nothing that was not started', () => {
    const text = said(true, '/data', { ...DEV, stand_ins: {} as typeof DEV.stand_ins })

    expect(text).not.toMatch(/issue add|npm run demo|kubectl|orchestrate|GITHUB_API_URL/)
    expect(text).toContain('GITHUB_TOKEN="$GITHUB_TOKEN"')
  })
})
