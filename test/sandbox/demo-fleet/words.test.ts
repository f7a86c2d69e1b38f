import { describe, expect, it } from 'vitest'
import type { Story } from '#sandbox/demo-fleet/history'
import { SMALL } from '#sandbox/demo-fleet/issues'
import { createScreen } from '#sandbox/demo-fleet/screen'
import { claimLines, momentLines, tableLines, waitWords } from '#sandbox/demo-fleet/words'

const story = (number: number, changes: Partial<Story> = {}): Story => ({
  ...{ number, queuedAt: 0, leases: [], sentBack: [], mergedAt: null, pullUrl: null },
  ...changes,
})

describe('the live view', () => {
  it('shows workers with their issue, what waits for what, and the gate', () => {
    const lines = momentLines({
      title: 'Coxswain http://127.0.0.1:1',
      elapsedMs: 12_340,
      workers: [{ id: 'worker-1', issue: 3, what: 'runs its command', done: 2 }],
      waiting: [
        { number: 4, priority: 'high', dependsOn: [1, 3], heldBy: [] },
        { number: 5, priority: 'low', dependsOn: [], heldBy: [] },
        { number: 6, priority: 'medium', dependsOn: [], heldBy: [5] },
      ],
      gate: { closed: true, pending: 3, limit: 3 },
      stories: new Map([[1, story(1, { mergedAt: 9000 })]]),
      events: ['  9.0 s  maintainer  merged the pull request of #1'],
    })

    expect(lines).toEqual([
      'Coxswain http://127.0.0.1:1    12.3 s',
      '',
      '  worker-1   #3  runs its command                          2 done',
      '',
      '  queue  3 pending, 0 in progress, 1 of 1 merged',
      '  gate   closed: 3 of 3 pull requests await review',
      '',
      '   #4  high      waits for #1, #3',
      '   #6  medium    files held by #5',
      '',
      '    9.0 s  maintainer  merged the pull request of #1',
    ])
  })

  it('says both when an issue waits for others and for files', () => {
    expect(waitWords({ dependsOn: [12], heldBy: [7] })).toBe('waits for #12; files held by #7')
  })
})

describe('the table at the end', () => {
  it('has a line for each issue: what it waited for, who did it, how often, and when', () => {
    const leases = [
      { worker: 'worker-2', token: 1, from: 0, to: 8000, places: [0, 1], end: 'expired' },
      { worker: 'worker-1', token: 2, from: 8100, to: 11_000, places: [2, 3], end: 'completed' },
    ] as const
    const done = story(5, { leases, mergedAt: 17_500, pullUrl: 'http://127.0.0.1:1/o/r/pull/12' })
    const lines = tableLines(SMALL, new Map([[5, done]]), new Map([[5, { dependsOn: [1], heldBy: [6] }]]))

    expect(lines).toHaveLength(1 + SMALL.issues.length)
    expect(lines[5]?.split(/\s{2,}/)).toEqual([
      ...['#5', 'high', 'Price of shipping', '#1 files of #6', 'worker-2 ✗ expired, worker-1'],
      ...['#12', '1', '17.5'],
    ])
  })

  it('lists what does not hold, and not all of it when it is much', () => {
    const violations = Array.from({ length: 7 }, (_, at) => `#${at + 1}`)

    expect(claimLines([{ claim: 'a', violations: [] }])).toEqual(['✓ a'])
    expect(claimLines([{ claim: 'b', violations }])).toEqual([
      '✗ b',
      ...['#1', '#2', '#3', '#4', '#5'].map((each) => `    ${each}`),
      '    and 2 more',
    ])
  })
})

describe('the screen', () => {
  const aScreen = (terminal: { isTTY?: boolean; columns?: number; rows?: number }) => {
    const written: string[] = []
    return { written, screen: createScreen({ ...terminal, write: (text) => written.push(text) }) }
  }

  it('draws over what it drew before, cut to the terminal', () => {
    const { screen, written } = aScreen({ isTTY: true, columns: 5, rows: 3 })
    screen.draw(['one', 'two and more', 'three'])
    screen.draw(['four'])

    expect(written).toEqual(['\rone\u001b[K\ntwo \u001b[K\n\u001b[J', '\u001b[2A\rfour\u001b[K\n\u001b[J'])
  })

  it('draws nothing where there is no terminal; lines stay', () => {
    const { screen, written } = aScreen({})
    screen.draw(['one'])
    screen.print('two')

    expect([screen.isLive, written]).toEqual([false, ['two\n']])
  })
})
