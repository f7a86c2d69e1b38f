/**
 * Measures every reader of outside text on the worst text that a search over adversarial patterns finds: 200 KB in at most
 * 50 ms of processor time, and at most three times what 100 KB take: quadratic would be four. Exits 1 when a bound is missed.
 */
import { bound, print } from './lib/report.ts'
import { READERS, type Reader } from './parsers/readers.ts'
import { worstOf } from './parsers/worst.ts'

const BYTES = 200_000
const MOST_MS = 50
const MOST_RATIO = 3
/** Below this, a ratio is noise. */
const LEAST_MS = 15

const wanted = process.argv[2]
const measured = READERS.filter(({ name }) => wanted === undefined || name.includes(wanted)).map(measure)

print({
  title: 'Readers of outside text, on the worst 200 KB',
  rows: measured.map(({ name, worst, bytes, ms, ratio }) => ({ reader: name, worst, bytes, ms, ratio })),
  missed: measured.flatMap(({ name, ms, ratio }) => [
    ...bound(ms <= MOST_MS, `${name}: ${ms.toFixed(1)} ms > ${MOST_MS} ms`),
    ...bound(ms < LEAST_MS || ratio <= MOST_RATIO, `${name}: twice the text takes ${ratio.toFixed(1)} times as long`),
  ]),
})
if (measured.some(({ ms, ratio }) => ms > MOST_MS || (ms >= LEAST_MS && ratio > MOST_RATIO))) process.exitCode = 1

function measure(reader: Reader) {
  const worst = worstOf(reader, BYTES)
  const half = worst.ms(BYTES / 2)
  const ms = worst.ms(BYTES)
  const bytes = Buffer.byteLength(worst.text(BYTES))
  return { name: reader.name, worst: worst.name, bytes, ms, ratio: half === 0 ? 1 : ms / half }
}
