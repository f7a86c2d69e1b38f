import { describe, expect, it, vi } from 'vitest'
import { createTokens } from '#lib/auth/service'
import { systemClock } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createTokenStore } from '#lib/store/tokens'
import { aTable } from '#test/helpers/dynamodb'

describe('the authorizer function', () => {
  it('reads its table from the environment and knows the tokens in it', async () => {
    const { table, name, endpoint } = await aTable()
    const tokens = createTokens({ store: createTokenStore(table), clock: systemClock, ids: systemIds })
    const { token } = await tokens.create({ scopes: ['worker'], owner: 'w1' })
    vi.stubEnv('COXSWAIN_TABLE', name)
    vi.stubEnv('DYNAMODB_ENDPOINT', endpoint)
    const { handler } = await import('#functions/auth/authorizer')

    const answer = await handler({ headers: { authorization: `Bearer ${token}` } })

    expect(answer).toMatchObject({ isAuthorized: true, context: { owner: 'w1', scopes: 'worker' } })
    vi.unstubAllEnvs()
  })
})
