import { describe, expect, it } from 'vitest'
import { createAuthorizer } from '#lib/auth/authorizer'
import { admit } from '#lib/auth/caller'
import { createTokens } from '#lib/auth/service'
import { seconds } from '#lib/clock'
import { AppError } from '#lib/errors'
import { systemIds } from '#lib/ids'
import { createTokenStore } from '#lib/store/tokens'
import { aClock } from '#test/helpers/clock'
import { aTable } from '#test/helpers/dynamodb'

/** An authorizer over a real table; `reads` counts how often tokens were asked for. */
async function anAuthorizer() {
  const clock = aClock()
  const tokens = createTokens({ store: createTokenStore((await aTable()).table), clock, ids: systemIds })
  const failures: unknown[] = []
  const state = { reads: 0, down: false }
  const authenticate = async (token: string) => {
    state.reads += 1
    if (state.down) throw new AppError('unavailable', 'The store is busy.')
    return tokens.authenticate(token)
  }
  const authorize = createAuthorizer({ tokens: { authenticate }, clock, onFailure: (error) => failures.push(error) })
  const ask = async (authorization?: string) => (await authorize({ headers: { authorization } })).context
  return { tokens, clock, authorize, ask, state, failures }
}

describe('the authorizer', () => {
  it('tells whose token it is', async () => {
    const { tokens, ask } = await anAuthorizer()
    const { token, record } = await tokens.create({ scopes: ['reader', 'worker'], owner: 'w1' })

    const told = await ask(`Bearer ${token}`)

    expect(told).toEqual({ token_id: record.id, owner: 'w1', scopes: 'reader worker' })
    expect(admit(told, ['worker'])).toMatchObject({ owner: 'w1', scopes: ['reader', 'worker'], tokenId: record.id })
  })

  it('knows an adopted token of any form', async () => {
    const { tokens, ask } = await anAuthorizer()
    await tokens.adopt('my-dev.token', { scopes: ['worker'], owner: '*' })
    expect(await ask('Bearer my-dev.token')).toMatchObject({ owner: '*', scopes: 'worker' })
    expect(await ask('Bearer my-dev.tokem')).toEqual({ problem: 'unknown' })
  })

  it('finds the header however it is spelt', async () => {
    const { authorize } = await anAuthorizer()
    expect((await authorize({ headers: { Authorization: 'Bearer x' } })).context).toEqual({ problem: 'unknown' })
    expect((await authorize({ headers: null })).context).toEqual({ problem: 'missing' })
    expect((await authorize({})).context).toEqual({ problem: 'missing' })
  })

  it.each([
    [undefined, 'missing'],
    ['', 'missing'],
    ['Basic YTpi', 'unknown'],
    ['Bearer ', 'unknown'],
    ['Bearer cxw_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'unknown'],
  ])('lets %j through to its handler with nothing but the problem', async (header, problem) => {
    const { ask } = await anAuthorizer()
    const told = await ask(header)
    expect(told).toEqual({ problem })
    expect(() => admit(told, ['reader', 'worker', 'operator'])).toThrow(
      expect.objectContaining({ code: 'unauthenticated' }),
    )
  })

  it('knows no secret by its id alone', async () => {
    const { tokens, ask } = await anAuthorizer()
    const { token } = await tokens.create({ scopes: ['operator'], owner: 'ann' })
    const flipped = token.slice(0, -2) + (token.at(-2) === 'A' ? 'B' : 'A') + token.slice(-1)
    expect(await ask(`Bearer ${flipped}`)).toEqual({ problem: 'unknown' })
  })

  it('believes a token for five seconds without asking again, then feels a revocation', async () => {
    const { tokens, ask, clock, state } = await anAuthorizer()
    const { token, record } = await tokens.create({ scopes: ['reader'], owner: 'ann' })
    await ask(`Bearer ${token}`)
    await tokens.revoke(record.id)

    clock.advance(seconds(5) - 1)
    expect(await ask(`Bearer ${token}`)).toMatchObject({ owner: 'ann' })
    expect(state.reads).toBe(1)
    clock.advance(1)
    expect(await ask(`Bearer ${token}`)).toEqual({ problem: 'revoked' })
  })

  it('believes no refusal: a token works from the moment it is there', async () => {
    const { tokens, ask } = await anAuthorizer()
    expect(await ask('Bearer soon')).toEqual({ problem: 'unknown' })
    await tokens.adopt('soon', { scopes: ['reader'], owner: 'ann' })
    expect(await ask('Bearer soon')).toMatchObject({ owner: 'ann' })
  })

  it('lets nobody in while tokens cannot be read, and says why', async () => {
    const { tokens, ask, state, failures } = await anAuthorizer()
    const { token } = await tokens.create({ scopes: ['reader'], owner: 'ann' })
    state.down = true
    expect(await ask(`Bearer ${token}`)).toEqual({ problem: 'unavailable' })
    expect(failures).toHaveLength(1)
  })

  it('keeps its memory small', async () => {
    const { tokens, ask, state } = await anAuthorizer()
    const { token } = await tokens.create({ scopes: ['reader'], owner: 'ann' })
    await ask(`Bearer ${token}`)
    for (let n = 0; n < 500; n++) {
      await tokens.adopt(`dev${n}`, { scopes: ['reader'], owner: 'x' })
      await ask(`Bearer dev${n}`)
    }
    const before = state.reads
    await ask(`Bearer ${token}`)
    expect(state.reads).toBe(before + 1)
  })
})
