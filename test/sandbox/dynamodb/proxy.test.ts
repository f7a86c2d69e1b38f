import { ListTablesCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createClient } from '#lib/store/client'
import { isSignedAs, startProxy } from '#sandbox/dynamodb/proxy'
import { LOOPBACK_ONLY } from '#sandbox/http/doors'
import { aTable, type LocalTable } from '#test/helpers/dynamodb'

const KEY = 'localkey1'

let local: LocalTable

beforeAll(async () => {
  local = await aTable()
})

async function aProxy(to = local.endpoint) {
  const { hostname: host, port } = new URL(to)
  const engine = { host, port: Number(port) }
  const proxy = await startProxy({ port: 0, engine, accessKeyId: KEY, doors: LOOPBACK_ONLY })
  onTestFinished(proxy.close)
  return proxy
}

function aClient(endpoint: string, accessKeyId: string) {
  const client = createClient({ endpoint, accessKeyId, region: 'eu-central-1' })
  onTestFinished(() => client.destroy())
  return client
}

const item = { pk: { S: 'TOKEN#x' }, sk: { S: 'TOKEN' }, note: { S: 'y'.repeat(200_000) } }

describe('the door of the embedded DynamoDB', () => {
  it('passes on what is signed with the access key of this start, large items included', async () => {
    const { endpoint } = await aProxy()
    const client = aClient(endpoint, KEY)
    await client.send(new PutItemCommand({ TableName: local.name, Item: item }))
    expect((await client.send(new ListTablesCommand({}))).TableNames).toContain(local.name)
  })

  it('refuses any other key in DynamoDB’s own words, and repeats nothing', async () => {
    const { endpoint } = await aProxy()
    const put = aClient(endpoint, 'local').send(new PutItemCommand({ TableName: local.name, Item: item }))
    await expect(put).rejects.toMatchObject({
      name: 'UnrecognizedClientException',
      message: expect.stringContaining('access_key_id of dev.json'),
      $metadata: { httpStatusCode: 400, attempts: 1 },
    })
  })

  it('grants no other origin anything', async () => {
    const { endpoint } = await aProxy()
    const authorization = `AWS4-HMAC-SHA256 Credential=${KEY}/20260105/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0`
    const headers = { authorization, 'x-amz-target': 'DynamoDB_20120810.ListTables', 'x-amz-date': '20260105T090000Z' }
    const fromPage = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, origin: 'http://evil.example' },
      body: '{}',
    })
    const fromProgram = await fetch(endpoint, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-amz-json-1.0' },
      body: '{}',
    })
    expect(fromPage.status).toBe(403)
    expect(fromProgram.status).toBe(200)
    for (const { headers: sent } of [fromPage, fromProgram]) expect(sent.get('access-control-allow-origin')).toBeNull()
  })

  it('hangs up when the engine is gone, so that the client tries again', async () => {
    const { endpoint } = await aProxy('http://127.0.0.1:9')
    const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${KEY}/x` }
    await expect(fetch(endpoint, { method: 'POST', headers, body: '{}' })).rejects.toThrow()
  })
})

describe('an access key', () => {
  it.each([
    [`AWS4-HMAC-SHA256 Credential=${KEY}/20260105/x`, true],
    [`Credential=${KEY}/`, true],
    [`Credential=${KEY}`, false],
    [`Credential=${KEY}0/`, false],
    ['Credential=/', false],
    [KEY, false],
    ['', false],
  ])('is read from %j', (authorization, isRight) => {
    expect(isSignedAs(KEY, authorization)).toBe(isRight)
  })
})
