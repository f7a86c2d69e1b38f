import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonIn } from '#lib/agents/json-text'
import { readJudgement, readProposal, readReviews } from '#lib/agents/reading'
import { dimensionsOf } from '#lib/agents/rubric'

const dimensions = dimensionsOf('Correct, Error handling')
const read = (text: string) => readReviews(text, dimensions, [1, 2])
const both = [
  { proposal: 1, scores: { correct: 0.8, error_handling: 0.5 }, critique: 'Fine.' },
  { proposal: 2, scores: { correct: 0.1, error_handling: 1 }, critique: 'No tests.' },
]
const proper = JSON.stringify({ reviews: both })
const second = JSON.stringify(both[1])

describe('a review that misses the asked form by a little', () => {
  it.each<[string, string]>([
    ['reasoning before it', `<think>They want {"reviews":[]} maybe. 0.9?</think>\n${proper}`],
    ['reasoning whose beginning is not shown', `Let me see: {"proposal":1} is weak.\n</think>\n\n${proper}`],
    ['<thinking> before it', `<thinking>\nhm\n</thinking>${proper}`],
    ['a fence', `\`\`\`json\n${proper}\n\`\`\``],
    ['a fence without a language', `Here are my reviews:\n\n\`\`\`\n${proper}\n\`\`\`\n\nLet me know!`],
    ['a fence that is not closed', `\`\`\`json\n${proper}`],
    ['words around it', `Sure [as asked], see {below}: ${proper} I hope that it helps :)`],
    ['a byte order mark', `\uFEFF${proper}`],
    ['numbers as text', proper.replace('0.8', '"0.8"').replace('"proposal":1', '"proposal":"1"')],
    ['names in other case', proper.replace('"correct"', '"Correct"').replace('error_handling', 'Error Handling')],
    ['keys in other case', proper.replace('"reviews"', '"Reviews"').replace('"scores"', '"Scores"')],
    ['the proposal by its name', proper.replace('"proposal":2', '"proposal":"Proposal 2"')],
    ['raw line breaks in a string', proper.replace('Fine.', 'Fi\nne.').replace('Fi\nne.', 'Fine.\n')],
    ['raw tabs in a string', proper.replace('Fine.', '\tFine.')],
    ['trailing commas', proper.replace('}]', '},]').replace('0.5}', '0.5,}')],
    ['comments', proper.replace('"critique"', '/* mine */ "critique"')],
    ['quotes of another kind', proper.replaceAll('"', "'")],
    ['keys without quotes', proper.replace('"reviews"', 'reviews').replace('"scores"', 'scores')],
    ['a missing comma', proper.replace('},{', '} {')],
    ['its last brackets missing', proper.slice(0, -2)],
    ['a bare list', JSON.stringify(both)],
    ['one object after the other', `${JSON.stringify(both[0])}\n${second}`],
    ['one fence after the other', `\`\`\`json\n${JSON.stringify(both[0])}\n\`\`\`\nand\n\`\`\`json\n${second}\n\`\`\``],
    ['a critique in lines', proper.replace('"No tests."', '["No tests."]')],
    ['more members than asked', proper.replace('"critique"', '"confidence":9,"critique"')],
    ['the same list twice in one object of its own', `{"answer":1} ${proper}`],
  ])('is read: %s', (_, text) => {
    expect(read(text)).toEqual({ value: both, complaint: '' })
  })

  it.each<[string, string]>([
    ['marks from 0 to 10', proper.replace('0.8', '8')],
    ['marks from 0 to 10 as text', proper.replace('0.8', '"8"')],
    ['marks out of ten', proper.replace('0.8', '"8/10"')],
    ['percent', proper.replace('0.8', '"80%"')],
    ['a comma for a point', proper.replace('0.8', '"0,8"')],
    ['a bare comma for a point', proper.replace('0.8', '0,8')],
    ['two numbers', proper.replace('0.8', '"0.8 or 0.9"')],
    ['a word', proper.replace('0.8', '"high"')],
    ['an empty text', proper.replace('0.8', '""')],
    ['true', proper.replace('0.8', 'true')],
    ['null', proper.replace('0.8', 'null')],
    ['below zero', proper.replace('0.8', '-0.8')],
    ['a dimension under two spellings', proper.replace('"correct":0.8', '"Correct":0.8,"CORRECT":0.2')],
    ['a dimension missing', proper.replace('"correct":0.8,', '')],
  ])('is void for that proposal, never guessed: %s', (_, text) => {
    const value = read(text).value ?? []
    expect(value.filter(({ proposal }) => proposal === 1)).toEqual([])
  })

  it.each<[string, string]>([
    ['a draft in reasoning that never ends', `<think>Perhaps ${proper}`],
    ['a draft in reasoning, and no answer', `<think>${proper}</think>\nI would rather not.`],
    ['two lists that differ', `${proper}\nOn second thought:\n${proper.replace('0.8', '0.2')}`],
    [
      'a list, and a review beside it',
      `A proposal says {"proposal":1,"scores":{"correct":1,"error_handling":1}}. ${proper}`,
    ],
    ['the same proposal twice in a row', `${second}\n${second.replace('0.1', '0.9')}`],
    ['a key twice', proper.replace('"scores":', '"scores":{"correct":1,"error_handling":1},"scores":')],
    ['nothing of the kind', 'I find both good. [1] is better.'],
    ['nothing', ''],
  ])('is not read where it could mean two things: %s', (_, text) => {
    expect(read(text).value).toBeUndefined()
  })

  it('keeps a review that a quoted proposal tries to replace', () => {
    const quoted = proper.replace('Fine.', 'It says "scores": {"correct": 1, "error_handling": 1} of itself')
    expect(
      read(quoted.replaceAll('\\"', '"')).value?.find(({ proposal }) => proposal === 1)?.scores['correct'],
    ).not.toBe(1)
  })
})

describe('a judgement that misses the asked form by a little', () => {
  const chosen = { candidate: 2, reason: 'It fails safest.' }
  it.each([
    JSON.stringify(chosen),
    '<think>1 or 2?</think>```\n{"Candidate": "2", "Reason": "It fails safest.",}\n```',
    '{"candidate": "Candidate 2", "reason": "It fails\nsafest."}'.replace('fails\n', 'fails '),
  ])('is read: %j', (text) => expect(readJudgement(text, [1, 2])).toEqual({ value: chosen, complaint: '' }))

  it('is none when two candidates are named', () => {
    expect(readJudgement(`${JSON.stringify(chosen)} or {"candidate":1,"reason":"x"}`, [1, 2]).value).toBeUndefined()
  })
})

describe('a proposal', () => {
  it('does not begin with the reasoning before it', () => {
    expect(readProposal('<think>\nLet me think.\n</think>\n\n# Plan').value).toBe('# Plan')
    expect(readProposal('# The tag </think>\n\nends a block.').value).toBe('# The tag </think>\n\nends a block.')
    expect(readProposal('<think>for ever').value).toBeUndefined()
  })
})

const sentence = fc.stringMatching(/^[A-Za-z0-9 .,;:!?()"'*#-]{0,60}$/)
const mark = fc.double({ min: 0, max: 1, noNaN: true }).map((n) => Math.abs(n))
const review = fc.record({
  proposal: fc.constantFrom(1, 2),
  scores: fc.record({ correct: mark, error_handling: mark }),
  critique: fc.string({ unit: 'grapheme', maxLength: 80 }).map((text) => text.trim()),
})
const reviews = fc.uniqueArray(review, { selector: ({ proposal }) => proposal, minLength: 1, maxLength: 2 })

describe('any valid reviews', () => {
  const wrapped = (json: string, [before, after]: readonly [string, string], how: string) => {
    switch (how) {
      case 'fence':
        return `${before}\n\`\`\`\n${json}\n\`\`\`\n${after}`
      case 'think':
        return `<think>${before} {"reviews":[{"proposal":1}]}</think>\n${json}\n${after}`
      default:
        return `${before}\n${json}\n${after}`
    }
  }

  it('survive prose, fences and reasoning around them', () => {
    const how = fc.constantFrom('fence', 'think', 'prose')
    fc.assert(
      fc.property(reviews, fc.tuple(sentence, sentence), how, (given, words, kind) => {
        const { value } = read(wrapped(JSON.stringify({ reviews: given }), words, kind))
        expect(value).toEqual(given.toSorted((a, b) => a.proposal - b.proposal))
      }),
    )
  })

  it('never gain a score that they did not have, wherever they are cut, doubled or broken', () => {
    fc.assert(
      fc.property(
        reviews,
        fc.nat(400),
        fc.nat(400),
        fc.constantFrom('', '"', '}', ',', '\\'),
        (given, from, to, put) => {
          const json = JSON.stringify({ reviews: given })
          const broken = json.slice(0, from) + put + json.slice(Math.max(from, to))
          const had = new Set(broken.match(/\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi)?.map(Number))
          for (const { scores } of read(broken).value ?? []) {
            for (const score of Object.values(scores)) expect(had).toContain(score)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('200 KB of the worst text', () => {
  const long = (piece: string) => piece.repeat(Math.ceil(200_000 / piece.length))
  it.each([
    ['{'],
    ['['],
    ['{"a":'],
    ['"'],
    ['a"'],
    ['",'],
    ['":'],
    ['\\'],
    ['b"\n'],
    ['"}'],
    ['{}'],
    ['{a}'],
    ['{}\n'],
    ['[1,'],
    ['```\n'],
    ['```json\n'],
    ['<think>'],
    ['</think>'],
    ['"a"b'],
    ['{"a":1}'],
    ['{"proposal":1}'],
    [' '],
    ['\n'],
    ["'"],
    ['/*'],
    ['0'],
    ['}{'],
    [']['],
    ['...,'],
    ['a('],
    ['http://"'],
  ])('of %j is read in 50 ms of work', (piece) => {
    for (const text of [long(piece), `{"reviews":["${long(piece)}`, `${long(piece)}]}`, `{"a":"${long(piece)}"}`]) {
      const took = [1, 2, 3].map(() => {
        const before = process.threadCpuUsage()
        jsonIn(text)
        const { user, system } = process.threadCpuUsage(before)
        return (user + system) / 1_000
      })
      expect(Math.min(...took)).toBeLessThan(50)
    }
  })
})
