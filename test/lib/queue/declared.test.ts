import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { declaredIn, TOO_MANY } from '#lib/queue/declared'
import { boundedGlobs } from '#lib/queue/globs'
import { factsOf } from '#lib/queue/plan-issue'
import { TRIGGER } from '#test/helpers/journey'
import { REPOSITORY } from '#test/helpers/queue'

const dependenciesOf = (body: string) => declaredIn(body, REPOSITORY).depends_on
const filesOf = (body: string) => declaredIn(body, REPOSITORY).files

describe('the dependencies of an issue', () => {
  it.each([
    ['Depends on: #1, #2', ['#1', '#2']],
    ['Dependencies: #1 and #2.', ['#1', '#2']],
    ['depends-on: #7', ['#7']],
    ['**Depends on:** #1', ['#1']],
    ['**Depends on**: #1', ['#1']],
    ['- Depends on: #1', ['#1']],
    ['Depends on #1', ['#1']],
    ['Some words.\r\n\r\nDepends on: #3\r\nMore words #4', ['#3']],
    ['Depends on:\n- #1\n* [x] #2 the schema\n1. #3\n\nSee #4', ['#1', '#2', '#3']],
    ['## Dependencies\n\n- #1\n- #2', ['#1', '#2']],
    ['Depends on: #1, #1, ACME/Shop#1', ['#1']],
    ['Depends on: acme/till#4', ['acme/till#4']],
    ['Depends on: https://github.com/acme/shop/issues/9, https://github.com/Acme/Till/pull/3', ['#9', 'acme/till#3']],
    ['Depends on: #1\nDependencies: #2', ['#1', '#2']],
    // As GitHub writes the answers of an issue form.
    ['### Depends on\n\n#1', ['#1']],
    ['### Depends on\r\n\r\n#1, acme/till#2\r\n\r\n### Notes\r\n\r\nAfter #9', ['#1', 'acme/till#2']],
    ['### Depends on (optional)\n\nThe schema, #1\nand #2\n\n### Files\n\n_No response_', ['#1', '#2']],
    ['## Depends on ##\n\n#### Backend\n- [X] #1\nSome words.\n- #2\n# End\n#3', ['#1', '#2']],
    ['### Dependencies\n\n#1\nThe library of #2 is used.', ['#1']],
    ['Depends on:\n\n#1\n#2', ['#1', '#2']],
    ['Depends on: #1 (see #2 for background), #3. Related: #4', ['#1', '#3']],
    ['Depends on: the schema (#1)', ['#1']],
    ['Depends on: #1\u2028Depends on: #2\u2029- #3', ['#1', '#2']],
    ['Depends on: x/y/z#1, /x#2, a#3, http://h/issues/4, https://h/a/b/issues/5', ['y/z#1', '#2', '#3', 'a/b#5']],
  ])('are read from %j', (body, wanted) => {
    expect(dependenciesOf(body)).toEqual(wanted)
  })

  it.each([
    ['This depends on: #1'],
    ['Depends on the weather, and #1'],
    ['Dependencies #1'],
    ['```\nDepends on: #1\n```'],
    ['~~~\nDepends on: #1\n```\nDepends on: #2\n~~~'],
    ['    Depends on: #1'],
    ['<!-- Depends on: #1 -->'],
    ['<!-- never closed\nDepends on: #1'],
    ['Depends on: #0, #99999999999, #12abc, #2147483648'],
    ['Depends on: nothing'],
    ['Depends on:\nText between\n- #1'],
    ['Depends on: none. The work on the schema is done (see #1)'],
    ['Depends on: None'],
    ['Depends on: N/A (#1 is closed)'],
    ['### Depends on\r\n\r\n_No response_\r\n\r\n#### Else\r\n\r\n### Notes\r\n\r\n#1'],
    ['### Depends on\n\nNo. #1 was done'],
    ['### Depends on\n\n```\n#1\n```'],
    ['### Depends on\n\n    #1'],
    ['Depends on: see #1'],
    ['Depends on:\n## Notes\n- #1'],
    ['Depends on: https://github.com/issues/1 //issues/2 http:///a/b/issues/3 ftp://h/a/b/issues/4 a/b/issues/5'],
  ])('are none in %j', (body) => {
    expect(dependenciesOf(body)).toEqual([])
  })

  it('go on behind a code block and a comment', () => {
    expect(dependenciesOf('```\nx\n```\n<!-- y -->Depends on: #1')).toEqual(['#1'])
  })

  it('hold the issue back for ever when they are too many to read', () => {
    const many = Array.from({ length: 40 }, (_, n) => `#${n + 1}`)
    expect(dependenciesOf(`Depends on: ${many.join(' ')}`)).toEqual([...many.slice(0, 32), TOO_MANY])
    expect(dependenciesOf(`Depends on: ${many.slice(0, 32).join(' ')}`)).toEqual(many.slice(0, 32))
  })
})

describe('the files of an issue', () => {
  it.each([
    ['Files: src/a/**, src/b.ts', ['src/a/**', 'src/b.ts']],
    ['**Files:** `src/a/**` `docs/my notes.md`', ['src/a/**', 'docs/my notes.md']],
    ['Files: src/{a, b}/** "x y", z', ['src/{a, b}/**', 'x y', 'z']],
    ['Files:\n- src/a/\n- ./src/b', ['src/a/**', 'src/b']],
    ['## Files\n- src/a/**', ['src/a/**']],
    ['Files: /src//a/., src/b.', ['src/a', 'src/b']],
    ['Files: src/**, !src/gen/**', ['src/**']],
    ['Files: !src/gen/**', ['**']],
    ['Files: !(a|b)/x', ['!(a|b)/x']],
    ['Files: ../x', ['**']],
    ['Files: .', ['**']],
    ['Files: {a, b', ['{a, b']],
    ["Files: `it's`)", ["it's)"]],
    ['Files: "a`b c" d', ['ab c', 'd']],
    ['Files:', []],
    ['Files changed: a', []],
    ['### Files\r\n\r\nsrc/a/**\r\nREADME.md, docs\r\n\r\n### Notes\r\n\r\nsrc/b', ['src/a/**', 'README.md', 'docs']],
    ['### Files\n\nPlease change `src/a b.ts` and docs/x.md alone.\nNothing else', ['src/a b.ts', 'docs/x.md']],
    ['### Files\n\n_No response_', []],
    ['### Files\n\nWhatever it takes', []],
    ['Files: none', []],
    ['Files: -', []],
    ['Files: none.ts', ['none.ts']],
    ['Files:\n\nsrc/a/**\nWords', ['src/a/**']],
    ['Files:\nREADME', []],
  ])('are read from %j', (body, wanted) => {
    expect(filesOf(body)).toEqual(wanted)
  })

  it('are widened to their folder when they are very long', () => {
    expect(filesOf(`Files: src/a/${'x'.repeat(200)}`)).toEqual(['src/a'])
    expect(filesOf(`Files: ${'x'.repeat(201)}`)).toEqual(['**'])
  })

  it('are widened to common folders when they are too many to travel with a job', () => {
    const many = Array.from({ length: 40 }, (_, n) => `src/part/deep/file-${n}.ts`)
    expect(boundedGlobs(many)).toEqual(['src/part/deep'])
    expect(boundedGlobs(['src/a/**', 'src/b'])).toEqual(['src/a/**', 'src/b'])
    expect(boundedGlobs(Array.from({ length: 40 }, (_, n) => `folder-${n}/x`))).toEqual(['**'])
    expect(boundedGlobs(Array.from({ length: 40 }, (_, n) => `*/${n}`))).toEqual(['**'])
    expect(boundedGlobs([])).toEqual([])
  })

  it('of a long body are noted beside it; a short one tells them itself', () => {
    const issue = { title: '', labels: [], author: '', association: '', created_at: 0, updated_at: 0 }
    const base = { ...issue, repository: REPOSITORY, number: 1, state: 'open' as const }
    const short = factsOf({ ...base, body: 'Files: src/a' }, TRIGGER)
    const long = factsOf({ ...base, body: `Files: src/a\n${'x'.repeat(300)}` }, TRIGGER)
    expect(short).not.toHaveProperty('files')
    expect(long).toMatchObject({ files: ['src/a'] })
    expect(long).not.toHaveProperty('waits')
  })
})

describe('any body', () => {
  const words = fc.constantFrom(
    'Depends on:',
    'Files:',
    '#1',
    '\n',
    '- ',
    '```',
    '<!--',
    '-->',
    '{',
    '`',
    'src/**',
    ' ',
    '#',
    '(',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(words, { maxLength: 60 }).map((all) => all.join('')),
  )

  it('is read without complaint, within bounds', () => {
    fc.assert(
      fc.property(text, (body) => {
        const { depends_on, files } = declaredIn(body, REPOSITORY)
        expect(depends_on.length).toBeLessThanOrEqual(33)
        expect(new Set(depends_on).size).toBe(depends_on.length)
        for (const each of depends_on) expect(each === TOO_MANY || /^(?:[\w.-]+\/[\w.-]+)?#\d+$/.test(each)).toBe(true)
        for (const glob of files) expect(glob).toMatch(/^[^/]/)
        const bounded = boundedGlobs(files)
        expect(bounded.length).toBeLessThanOrEqual(32)
        expect(Buffer.byteLength(bounded.join(''))).toBeLessThanOrEqual(192)
      }),
    )
  })

  const WORST = 200 * 1024
  const filled = (part: string, before = '') => before + part.repeat(Math.ceil(WORST / part.length))
  it.each([
    ...[
      '<!--',
      '- Files: #',
      '`',
      'Depends on: https://',
      '{',
      '#1 ',
      'a',
      '- a\n',
      '\n',
      '# ',
      '\u2028',
      ' \u2028',
      '(see ',
    ].map((part) => filled(part, 'Files: Depends on: ')),
    filled('a', 'Depends on: '),
    filled(`${'a'.repeat(39)}/${'a'.repeat(100)}`, 'Depends on: '),
    filled(`https://${'a'.repeat(255)}/`, 'Depends on: '),
    filled('#1#1', 'Depends on: '),
    filled('/issues/1', 'Depends on: '),
    `Depends on:\n- ${' '.repeat(65_000)}\u2028x`,
    `Depends on:\n${' '.repeat(65_000)}x`,
    filled('src/a b\n', '### Files\n\n'),
    filled(' ', '## Files ('),
    filled('*', 'Depends on: '),
  ])('of 200 KB is read within 50 ms (case %#)', (body) => {
    const times = [1, 2, 3, 4, 5].map(() => {
      const began = process.threadCpuUsage()
      declaredIn(body, REPOSITORY)
      return process.threadCpuUsage(began).user / 1000
    })
    // Of this thread's own time the best of five, in milliseconds: what else the machine does is none of the parser's.
    expect(Math.min(...times)).toBeLessThan(50)
  })
})
