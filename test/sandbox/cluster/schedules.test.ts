import { readFileSync } from 'node:fs'
import { ApiException } from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { aBatchApi, aCluster } from '#test/helpers/cluster'

const RECORDED = ['14-bad-schedule', '15-bad-schedule-tz', '16-bad-time-zone', '17-good-time-zone']

describe('a CronJob with this schedule or time zone', () => {
  it.each(RECORDED)('is answered as the real API server answered it: %s', async (name) => {
    const { request, response } = JSON.parse(readFileSync(`test/recordings/kubernetes/${name}.json`, 'utf8'))
    const api = aBatchApi(await aCluster())

    const answer = await api.createNamespacedCronJob({ namespace: 'dsm', body: request.body }).then(
      ({ spec }) => ({ status: 201, spec: { schedule: spec?.schedule, timeZone: spec?.timeZone } }),
      (error: unknown) => {
        if (!(error instanceof ApiException)) throw error
        const { message, reason, details } = JSON.parse(String(error.body))
        return { status: error.code, message, reason, details }
      },
    )

    const { message, reason, details, spec } = response.body
    const real =
      response.status === 201
        ? { spec: { schedule: spec.schedule, timeZone: spec.timeZone } }
        : { message, reason, details }
    expect(answer).toEqual({ status: response.status, ...real })
  })
})
