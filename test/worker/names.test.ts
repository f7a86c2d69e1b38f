import { sep } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { branchOf, isRepository, placeOf } from '#worker/names'

describe('the place of a job', () => {
  it('is owner, repository and number under the workspace', () => {
    expect(placeOf('/w', 'acme/widgets', 7)).toMatchObject({
      folder: '/w/acme/widgets/issue-7',
      tree: '/w/acme/widgets/issue-7/tree',
    })
  })

  it.each([
    '../etc',
    'acme/..',
    'acme/.',
    'acme/x/y',
    '-o/x',
    '.coxswain/x',
    'acme/x.git',
    'acme',
    '/x',
    'acme/',
    'a b/c',
    'acme/x\n',
    'acme/$(id)',
  ])('is refused for %j', (repository) => {
    expect(isRepository(repository)).toBe(false)
    expect(() => placeOf('/w', repository, 7)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })

  it('never leaves the workspace, whatever the repository is called', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[./a-z-]{1,12}\/[./a-z-]{1,12}$/)), (repository) => {
        if (isRepository(repository)) expect(placeOf('/w', repository, 1).folder.split(sep)).toHaveLength(5)
      }),
    )
  })
})

describe('a branch', () => {
  it('comes from the number alone', () => {
    expect(branchOf(12)).toBe('ai-feature/issue-12')
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])('is refused for %d', (number) => {
    expect(() => branchOf(number)).toThrow(expect.objectContaining({ code: 'invalid' }))
  })
})
