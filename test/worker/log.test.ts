import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLog } from '#worker/log'
import { createMask } from '#worker/mask'

function aLog(plain: boolean) {
  const lines: string[] = []
  const clock = { now: () => Date.parse('2026-01-31T08:00:00Z') }
  const log = createLog(
    { clock, mask: createMask(['top-secret']), write: (line) => void lines.push(line) },
    { level: 'info', plain },
  )
  return { log, lines }
}

describe('the log', () => {
  it('is one JSON line per event, without what is below its level', () => {
    const { log, lines } = aLog(false)
    log.debug('not this')
    log.warn('this', { issue: 7, none: undefined })

    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 'warn', time: '2026-01-31T08:00:00.000Z', msg: 'this', issue: 7 },
    ])
  })

  it.each([false, true])('never breaks a line, moves a cursor or tells a secret (plain: %s)', (plain) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const { log, lines } = aLog(plain)
        log.info(text, { text: `${text} top-secret` })
        log.output(`${text} top-secret`)
        expect(lines.join('')).not.toMatch(/[\p{Cc}\u202a-\u202e\u2028\u2029]|top-secret/u)
      }),
    )
  })

  it.each([false, true])('hides what looks like a credential although nobody named it (plain: %s)', (plain) => {
    const { log, lines } = aLog(plain)
    log.warn('push failed', {
      error: `https://bot:hunter2@github.com and ghs_7_eyJ${'aB3'.repeat(9)}.eyJ${'aB3'.repeat(9)}.x`,
    })

    expect(lines.join('')).toContain('https://bot:***@github.com and ***')
    expect(lines.join('')).not.toContain('aB3')
  })

  it('shows the output of a command to people only', () => {
    const json = aLog(false)
    json.log.output('hello')
    const plain = aLog(true)
    plain.log.output('say "hello"')

    expect(json.lines).toEqual([])
    expect(plain.lines).toEqual(['           │ say "hello"'])
  })
})
