import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { eventSourcesOf } from '#sandbox/stack/event-source'

const sources = eventSourcesOf(readFileSync(new URL('../../../serverless.yml', import.meta.url), 'utf8'))

describe('the event sources of the stream', () => {
  it('are those of serverless.yml, with anchors resolved', () => {
    expect([...sources.keys()].toSorted()).toEqual([
      ...['councilsRun', 'eventsCount', 'eventsRelay', 'githubDeliveries', 'workflowsDispatch'],
    ])
    expect(sources.get('githubDeliveries')).toMatchObject({ batchSize: 10, maximumRetryAttempts: 50 })
    expect(sources.get('eventsRelay')?.filterPatterns).toEqual([])
  })

  it.each([...sources])('halve a failing batch of %s, and end before the stream forgets', (_name, source) => {
    expect(source.bisectBatchOnFunctionError).toBe(true)
    expect(source.maximumRetryAttempts).toBeLessThanOrEqual(100)
    // The stream keeps a record for 24 hours: half of that is left to copy it.
    expect(source.maximumRecordAgeInSeconds).toBeLessThanOrEqual(43_200)
  })

  it.each([...sources].filter(([, { filterPatterns }]) => filterPatterns.length > 0))(
    'let letters that are redriven through to %s',
    (_name, { filterPatterns }) => {
      const readers = filterPatterns.flatMap(
        (pattern) => JSON.stringify(pattern).match(/"reader":\{"S":\["[a-z-]+"\]/) ?? [],
      )
      expect(readers).toHaveLength(1)
    },
  )
})
