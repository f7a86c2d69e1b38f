/** Overlap of globs, held against every path of a small world. */
import fc from 'fast-check'
import picomatch from 'picomatch'
import { describe, expect, it } from 'vitest'
import { automatonOf, meet } from '#lib/queue/automata'
import { mayBeFolder, meetAtSight, tidyGlob } from '#lib/queue/globs'
import { createOverlap, overlapAtSight } from '#lib/queue/overlap'

const overlap = createOverlap()

const names = ['a', 'b', 'ab', 'a.ts', 'b.ts', '.x']
const folders = ['', 'a/', 'b/', 'ab/', 'a/b/', 'b/a/', 'a/a/']
/** Every path of up to three names out of six. */
const PATHS = folders.flatMap((folder) => names.map((name) => folder + name))

const piece = fc.constantFrom(
  'a',
  'b',
  'ab',
  '*',
  '?',
  '**',
  '*.ts',
  '[ab]',
  '{a,b}',
  'a*',
  '*b',
  '.x',
  '!(a)',
  '+(a|b)',
  '@(a|b)',
)
const anyGlob = fc
  .array(
    fc.oneof(
      piece,
      fc.tuple(piece, piece).map(([one, two]) => one + two),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((segments) => tidyGlob(segments.join('/')))

/** A glob stands for what it matches and, where that may be a folder, for all that lies below. */
function covers(glob: string) {
  const matches = picomatch(glob, { dot: true, nonegate: true, strictSlashes: true })
  return (path: string) => {
    const segments = path.split('/')
    if (!mayBeFolder(glob)) return matches(path)
    return segments.some((_, at) => matches(segments.slice(0, at + 1).join('/')))
  }
}

describe('two globs', () => {
  it('overlap whenever there is a path that both cover', async () => {
    await fc.assert(
      fc.asyncProperty(anyGlob, anyGlob, async (one, other) => {
        const [isOne, isOther] = [covers(one), covers(other)]
        const shared = PATHS.find((path) => isOne(path) && isOther(path))
        if (shared !== undefined) expect(await overlap([one], [other]), `${one} and ${other} at ${shared}`).toBe(true)
      }),
      { numRuns: 3_000 },
    )
  })

  it('overlap both ways or not at all, and each with itself', async () => {
    await fc.assert(
      fc.asyncProperty(anyGlob, anyGlob, async (one, other) => {
        expect(await overlap([one], [other])).toBe(await overlap([other], [one]))
        expect(await overlap([one], [one])).toBe(true)
        if (await overlap([one], [other])) expect(await overlapAtSight([one], [other])).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('that are plain names overlap exactly when one is the other or lies below it', async () => {
    const plain = fc.array(fc.constantFrom('a', 'b', 'a.ts', 'x-y'), { minLength: 1, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(plain, plain, async (one, other) => {
        const [a, b] = [one.join('/'), other.join('/')]
        expect(await overlap([a], [b])).toBe(`${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`))
      }),
    )
  })

  it.each([
    ['src/a/**', 'src/b/**', false],
    ['src/a/**', 'src/a/x.ts', true],
    ['src/a', 'src/a/deep/x.ts', true],
    ['src/*.ts', 'src/*.js', false],
    ['src/**/*.test.ts', 'src/a/*.ts', true],
    ['**/*.md', 'src/**/*.ts', false],
    ['src/**/x.ts', 'srcx.ts', false],
    ['app/[id]/page.tsx', 'app/[id]/page.tsx', true],
    ['src/{a,b}/**', 'src/{c,d}/**', false],
    ['src/{a,b}/**', 'src/[bc]/x', true],
    ['file{1..12}.ts', 'file7.ts', true],
    ['*', 'src/a/x.ts', true],
    ['*.md', 'src/x.md', false],
    ['**', 'anything', true],
    ['src/v1.2', 'src/**/*.ts', true],
    ['src/a.ts', 'src/**/*.md', false],
    ['src/{a,b}', 'src/*/x.md', true],
    ['.github', '**/*.yml', true],
    ['src/*/index.ts', 'src/a/!(index).ts', true],
    ['a*/x', 'b*/x', false],
  ])('%s and %s: %s', async (one, other, wanted) => {
    expect(await overlap([one], [other])).toBe(wanted)
  })

  it('of which one cannot be read overlap wherever it may lie', async () => {
    expect(await overlap(['src/{a'], ['src/b'])).toBe(true)
    expect(await overlap(['src/{a'], ['docs/b'])).toBe(false)
    expect(meet(undefined, automatonOf('a'))).toBe(true)
    expect(automatonOf('{a')).toBeUndefined()
  })

  it('that would take too long to compare overlap', () => {
    const involved = Array.from({ length: 60 }, (_, n) => `*${String.fromCharCode(97 + (n % 26))}`).join('')
    expect(meet(automatonOf(involved), automatonOf(`${involved}*`))).toBe(true)
    expect(meet(automatonOf(`${'*a'.repeat(99)}x`), automatonOf(`${'*a'.repeat(99)}y`))).toBe(true)
    expect(meet(automatonOf('*ax'), automatonOf('*ay'))).toBe(false)
  })

  it('of any text whatever are compared without complaint', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab/*?[]{}()!+@|\\.,^$-'), minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(typeof meet(automatonOf(one), automatonOf(other))).toBe('boolean')
      }),
      { numRuns: 300 },
    )
  })
})

describe('sets of globs', () => {
  it('overlap when any two of them do; nothing overlaps with no files at all', async () => {
    expect(await overlap(['docs/**', 'src/a*/x'], ['web/**', 'src/ab/x'])).toBe(true)
    expect(await overlap(['docs/**'], [])).toBe(false)
    expect(await overlapAtSight(['a*/x'], ['b*/x'])).toBe(true)
    expect(meetAtSight('a*/x', 'b*/x')).toBeUndefined()
  })

  it('are remembered, but not without end', async () => {
    const fresh = createOverlap()
    for (let n = 0; n < 600; n++) expect(await fresh([`a${n}*`], [`*b${n}`])).toBe(true)
    for (let n = 0; n < 102; n++) for (let m = 0; m < 102; m++) await fresh([`c*${n}`], [`*d*${m}`])
    expect(await fresh(['a1*'], ['*b1'])).toBe(true)
  })
})
