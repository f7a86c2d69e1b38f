import { describe, expect, it } from 'vitest'
import { createTokens } from '#lib/auth/service'
import { formatToken } from '#lib/auth/tokens'
import { createClient } from '#lib/store/client'
import { createTable } from '#lib/store/table'
import { createTokenStore } from '#lib/store/tokens'
import { theStack } from '../support/a-stack.ts'
import { hear } from '../support/raw.ts'

const ID = '80000123456789ab'
const SECRET = 's'.repeat(43)

describe('a token that is written into the table past Coxswain', () => {
  const stack = theStack()

  /** As Coxswain itself makes one, with the access key that the attacker has. */
  async function plant(accessKeyId: string): Promise<string> {
    const { endpoint, table: name } = stack().dev.dynamodb
    const client = createClient({ endpoint, accessKeyId, region: 'eu-central-1' })
    const clock = { now: () => Date.now() }
    const ids = { uuid: () => `00000000-0000-4000-${ID.slice(0, 4)}-${ID.slice(4)}`, secret: () => SECRET }
    const tokens = createTokens({ store: createTokenStore(createTable({ client, name })), clock, ids })
    try {
      return (await tokens.create({ scopes: ['operator'], owner: '*' })).token
    } finally {
      client.destroy()
    }
  }

  const status = async (token: string) =>
    (await hear({ port: stack().port, path: '/queue', headers: { authorization: `Bearer ${token}` } })).status

  it('cannot be written without the access key of this start', async () => {
    await expect(plant('local')).rejects.toThrow()
    expect(await status(formatToken({ id: ID, secret: SECRET }))).toBe(401)
  })

  it('can be written with it, by who may read dev.json', async () => {
    expect(await status(await plant(stack().dev.dynamodb.access_key_id))).toBe(200)
  })
})
