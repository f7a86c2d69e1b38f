import { describe, expect, it } from 'vitest'
import { createTokens } from '#lib/auth/service'
import { hours } from '#lib/clock'
import { systemIds } from '#lib/ids'
import { createTokenStore } from '#lib/store/tokens'
import { aClock } from '#test/helpers/clock'
import { aTable } from '#test/helpers/dynamodb'

async function aRegistry() {
  const clock = aClock()
  const { table } = await aTable()
  const store = createTokenStore(table)
  return { tokens: createTokens({ store, clock, ids: systemIds }), store, table, clock }
}

describe('the register of tokens', () => {
  it('keeps a digest and never the secret', async () => {
    const { tokens, table } = await aRegistry()
    const { token } = await tokens.create({ scopes: ['worker'], owner: 'w1' })
    const { items } = await table.query({ pk: 'tokens', limit: 10 })

    const secret = token.split('_').slice(2).join('_')
    expect(token).toMatch(/^cxw_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/)
    expect(items).toHaveLength(1)
    expect(JSON.stringify(items)).not.toContain(secret)
  })

  it('gives back what was granted', async () => {
    const { tokens, clock, store } = await aRegistry()
    const expires_at = clock.now() + hours(1)
    const { record } = await tokens.create({ scopes: ['reader', 'operator'], owner: 'ann', expires_at })
    expect(await store.find(record.id)).toEqual(record)
    expect(record).toMatchObject({ scopes: ['reader', 'operator'], owner: 'ann', expires_at, created_at: clock.now() })
  })

  it('lets an expired token be listed for a month before the table forgets it', async () => {
    const { tokens, clock, table } = await aRegistry()
    await tokens.create({ scopes: ['reader'], owner: 'ann', expires_at: clock.now() + hours(1) })
    const { items } = await table.query({ pk: 'tokens', limit: 10 })
    expect(items[0]?.['ttl']).toBe((clock.now() + hours(1)) / 1000 + 30 * 86_400)
  })

  it('stops a token at its expiry', async () => {
    const { tokens, clock } = await aRegistry()
    const { token } = await tokens.create({ scopes: ['reader'], owner: 'ann', expires_at: clock.now() + hours(1) })
    expect(await tokens.authenticate(token)).toMatchObject({ kind: 'known', owner: 'ann' })
    clock.advance(hours(1))
    expect(await tokens.authenticate(token)).toEqual({ kind: 'refused', problem: 'expired' })
  })

  it('revokes a token once and for all, and says so when there is none', async () => {
    const { tokens, clock, store } = await aRegistry()
    const { token, record } = await tokens.create({ scopes: ['reader'], owner: 'ann' })
    await tokens.revoke(record.id)
    const at = clock.now()
    clock.advance(hours(1))
    await tokens.revoke(record.id)

    expect(await tokens.authenticate(token)).toEqual({ kind: 'refused', problem: 'revoked' })
    expect(await store.find(record.id)).toMatchObject({ revoked_at: at })
    await expect(tokens.revoke('nobody')).rejects.toMatchObject({ code: 'not_found' })
  })

  it('takes up a token of the user’s own, again and again', async () => {
    const { tokens } = await aRegistry()
    const first = await tokens.adopt('letmein', { scopes: ['reader'], owner: '*' })
    await tokens.revoke(first.id)
    await tokens.adopt('letmein', { scopes: ['reader'], owner: '*' })
    expect(await tokens.authenticate('letmein')).toMatchObject({ kind: 'known', id: first.id })
    expect(await tokens.list()).toHaveLength(1)
  })

  it('lists every token, also beyond one page', async () => {
    const { tokens } = await aRegistry()
    for (let n = 0; n < 105; n++) await tokens.create({ scopes: ['worker'], owner: `w${n}` })
    expect(await tokens.list()).toHaveLength(105)
  })

  it.each([
    [{ scopes: [], owner: 'ann' }, 'scopes'],
    [{ scopes: ['reader'], owner: 'a b' }, 'owner'],
    [{ scopes: ['reader'], owner: 'ann', expires_at: 0 }, 'expires_at'],
  ] as const)('refuses to make %j', async (grant, path) => {
    const { tokens } = await aRegistry()
    await expect(tokens.create(grant)).rejects.toMatchObject({ code: 'invalid', errors: [{ path }] })
  })
})
