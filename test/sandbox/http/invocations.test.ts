import { describe, expect, it } from 'vitest'
import { judgeInvocation } from '#sandbox/http/invocations'

const CALL = '/2015-03-31/functions/coxswain-dev-githubPoll/invocations'

const refused = (url: string, headers: Record<string, string> = {}, method = 'POST') =>
  judgeInvocation({ method, url, headers })?.status

describe('the door of the port that runs functions by name', () => {
  it('lets in a call that is waited for', () => {
    expect(refused(CALL)).toBeUndefined()
    expect(refused(CALL, { 'x-amz-invocation-type': 'RequestResponse' })).toBeUndefined()
  })

  it.each(['Event', 'DryRun', 'event', '', 'RequestResponse, Event'])('refuses a call of the type %j', (type) => {
    expect(refused(CALL, { 'x-amz-invocation-type': type })).toBe(403)
  })

  it.each([
    '/',
    '/2014-11-13/functions/coxswain-dev-githubPoll/invoke-async/',
    '/2014%2d11-13/functions/coxswain-dev-githubPoll/invoke-async/',
    'http://127.0.0.1/2014-11-13/functions/coxswain-dev-githubPoll/invoke-async/',
    '/2015-03-31/functions/x/../../../2014-11-13/functions/x/invoke-async/',
    `${CALL}/`,
    `${CALL}\n`,
    `//${CALL}`,
  ])('refuses the path %j', (path) => {
    expect(refused(path)).toBe(403)
  })

  it('refuses other methods', () => {
    expect(refused(CALL, {}, 'GET')).toBe(403)
    expect(refused(CALL, {}, 'OPTIONS')).toBe(403)
  })
})
