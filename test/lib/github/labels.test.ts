import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sameLabels, wantedLabels } from '#lib/github/labels'

const label = fc.constantFrom('bug', 'Bug', 'ai-ready', 'AI-Ready', 'ai-in-progress', 'ai-completed', 'priority:high')
const write = fc.record({ state_label: fc.option(label), remove_labels: fc.array(label) })

describe('the labels an issue should carry', () => {
  it('swaps the trigger for the state and leaves people’s labels alone', () => {
    const labels = wantedLabels(['bug', 'ai-ready'], {
      state_label: 'ai-in-progress',
      remove_labels: ['ai-ready', 'ai-completed', 'ai-in-progress'],
    })
    expect(labels).toEqual(['bug', 'ai-in-progress'])
  })

  it('takes every state away when none is wanted', () => {
    expect(wantedLabels(['AI-Ready', 'bug'], { state_label: null, remove_labels: ['ai-ready'] })).toEqual(['bug'])
  })

  it('is reached in one step and then stays', () => {
    fc.assert(
      fc.property(fc.uniqueArray(label), write, (current, change) => {
        const once = wantedLabels(current, change)
        expect(wantedLabels(once, change)).toEqual(once)
      }),
    )
  })

  it('holds the state label once, none of the unwanted, and all others', () => {
    fc.assert(
      fc.property(fc.uniqueArray(label, { selector: (l) => l.toLowerCase() }), write, (current, change) => {
        const wanted = wantedLabels(current, change).map((l) => l.toLowerCase())
        const state = change.state_label?.toLowerCase()
        const unwanted = change.remove_labels.map((l) => l.toLowerCase()).filter((l) => l !== state)
        expect(wanted.filter((l) => l === state)).toHaveLength(state === undefined ? 0 : 1)
        expect(wanted.filter((l) => unwanted.includes(l))).toEqual([])
        const others = current.map((l) => l.toLowerCase()).filter((l) => !unwanted.includes(l))
        expect(wanted).toEqual(expect.arrayContaining(others))
      }),
    )
  })

  it('compares as sets, without case', () => {
    expect(sameLabels(['a', 'B'], ['b', 'A'])).toBe(true)
    expect(sameLabels(['a'], ['a', 'b'])).toBe(false)
    expect(sameLabels(['a', 'b'], ['a', 'a'])).toBe(false)
  })
})
