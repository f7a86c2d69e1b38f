import { describe, expect, it } from 'vitest'
import { servedRoutes, shapeOfDescribed } from '#scripts/github-routes'
import { describedRoutes } from './openapi.ts'

describe("the kept part of GitHub's description", () => {
  it('has every REST route that the stand-in serves, and no other', () => {
    const served = servedRoutes().map(({ method, shape }) => `${method} ${shape}`)
    const described = describedRoutes().map((route) => {
      const [method, path = ''] = route.split(' ')
      return `${method} ${shapeOfDescribed(path)}`
    })

    expect(served.length).toBeGreaterThan(30)
    expect(described.sort(), 'run `node scripts/github-description.ts`').toEqual(served.sort())
  })
})
