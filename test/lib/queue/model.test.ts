import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aKey, someFacts } from '#test/helpers/queue'
import { anyCommand } from './support/commands.ts'
import { aCrew, expectAllDone, expectSound } from './support/crew.ts'
import { Model } from './support/model.ts'

/** Long enough for some 50 random histories; QUEUE_MODEL_SECONDS=600 makes a night of it. A failure prints its seed. */
const SECONDS = Number(process.env['QUEUE_MODEL_SECONDS'] ?? 15)
const COMMANDS = 40

describe('a queue to which anything may happen', () => {
  it(
    'does what a few plain rules foretell, and in the end has lost nothing',
    async () => {
      const limits = { interruptAfterTimeLimit: SECONDS * 1000, endOnFailure: SECONDS < 60 }
      await fc.assert(
        fc.asyncProperty(fc.commands(anyCommand, { maxCommands: COMMANDS, size: 'max' }), async (commands) => {
          const crew = await aCrew()
          const model = new Model()
          for (const number of [1, 2]) {
            await crew.queue.add(aKey(number), someFacts(number), `Body ${number}`, 't')
            model.add(number, 'medium', crew.clock.now())
          }
          await fc.asyncModelRun(() => ({ model, real: crew }), commands)
          const left = [...model.issues.values()].filter(({ status }) => status !== 'finished')

          const drained = await crew.drain()

          for (const { number } of left.filter(({ lost }) => lost === 0)) expect(drained).toContain(number)
          expect(new Set(drained).size).toBe(drained.length)
          expectSound(crew.changes)
          await expectAllDone(crew, [...model.issues.keys()])
        }),
        { numRuns: SECONDS * 1000, ...limits },
      )
    },
    (SECONDS + 60) * 1000,
  )
})
