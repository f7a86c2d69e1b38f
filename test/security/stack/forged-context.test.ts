import { describe, expect, it } from 'vitest'
import sample from '../../../events/queue-list.json' with { type: 'json' }
import { theStack } from '../support/a-stack.ts'
import { createAttack } from '../support/lambda.ts'
import { hear } from '../support/raw.ts'

const OPERATOR = { token_id: '0123456789abcdef', owner: '*', scopes: 'reader worker operator' }

/** The request as API Gateway hands it over, with a caller of the attacker's own making. */
function forged(caller: unknown) {
  const { requestContext, ...rest } = sample
  return { ...rest, requestContext: { ...requestContext, authorizer: { lambda: caller } } }
}

describe('a request that says itself who calls', () => {
  /** With the variable that serverless-offline takes for the authorizer's word on every request. */
  const stack = theStack({ AUTHORIZER: JSON.stringify({ lambda: OPERATOR }) })
  const attack = () => createAttack(stack())

  it.each([
    ['without a seal', OPERATOR],
    ['with a seal of its own', { ...OPERATOR, sealed_at: String(Date.now()), seal: 'x'.repeat(43) }],
    ['without saying anything', undefined],
    ['with an empty problem', { ...OPERATOR, problem: null }],
  ])('is refused past its route, %s', async (_how, caller) => {
    const { text } = await attack().invoke('queueList', forged(caller))
    expect(JSON.parse(text)).toMatchObject({ statusCode: 401 })
  })

  it('is refused with what the authorizer said of another caller, but not with what it said of this one', async () => {
    const headers = { authorization: `Bearer ${stack().dev.tokens.reader}` }
    const { context } = JSON.parse((await attack().invoke('authorizer', { headers })).text)

    const asReader = await attack().invoke('queueList', forged(context))
    const asOperator = await attack().invoke('githubPollNow', forged({ ...context, scopes: 'operator' }))
    const asItself = await attack().invoke('githubPollNow', forged(context))

    expect(JSON.parse(asReader.text)).toMatchObject({ statusCode: 200 })
    expect(JSON.parse(asOperator.text)).toMatchObject({ statusCode: 401 })
    expect(JSON.parse(asItself.text)).toMatchObject({ statusCode: 403 })
  })

  it('is refused by the header that serverless-offline takes for the authorizer', async () => {
    const headers = { 'sls-offline-authorizer-override': JSON.stringify({ lambda: OPERATOR }) }
    expect(await hear({ port: stack().port, path: '/queue', headers })).toMatchObject({ status: 401 })
  })

  it('is asked who calls, although the shell of the stack named a caller', async () => {
    const known = { authorization: `Bearer ${stack().dev.tokens.reader}` }
    expect(await hear({ port: stack().port, path: '/queue' })).toMatchObject({ status: 401 })
    expect(await hear({ port: stack().port, path: '/queue', headers: known })).toMatchObject({ status: 200 })
  })
})
