import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeOfLabels, withChange } from '#lib/github/labels'

const label = fc.constantFrom('bug', 'Bug', 'ai-ready', 'AI-Ready', 'ai-in-progress', 'ai-completed', 'priority:high')
const write = fc.record({ state_label: fc.option(label), remove_labels: fc.array(label) })
const lower = (labels: readonly string[]) => labels.map((each) => each.toLowerCase())

describe('the change of an issue’s labels', () => {
  it('swaps the trigger for the state and names no label of a person', () => {
    const remove_labels = ['ai-ready', 'ai-completed', 'ai-in-progress']
    const change = changeOfLabels(['bug', 'ai-ready'], { state_label: 'ai-in-progress', remove_labels })
    expect(change).toEqual({ add: 'ai-in-progress', remove: ['ai-ready'] })
  })

  it('takes every state away when none is wanted, in the spelling of the issue', () => {
    const change = changeOfLabels(['AI-Ready', 'bug'], { state_label: null, remove_labels: ['ai-ready'] })
    expect(change).toEqual({ add: undefined, remove: ['AI-Ready'] })
  })

  it('is reached in one step and then nothing is left to change', () => {
    fc.assert(
      fc.property(fc.uniqueArray(label), write, (current, wanted) => {
        const once = withChange(current, changeOfLabels(current, wanted))
        expect(changeOfLabels(once, wanted)).toEqual({ add: undefined, remove: [] })
      }),
    )
  })

  it('leaves the state label once, none of the unwanted, and all others', () => {
    fc.assert(
      fc.property(fc.uniqueArray(label, { selector: (each) => each.toLowerCase() }), write, (current, wanted) => {
        const after = lower(withChange(current, changeOfLabels(current, wanted)))
        const state = wanted.state_label?.toLowerCase()
        const unwanted = lower(wanted.remove_labels).filter((each) => each !== state)
        expect(after.filter((each) => each === state)).toHaveLength(state === undefined ? 0 : 1)
        expect(after.filter((each) => unwanted.includes(each))).toEqual([])
        expect(after).toEqual(expect.arrayContaining(lower(current).filter((each) => !unwanted.includes(each))))
      }),
    )
  })
})
