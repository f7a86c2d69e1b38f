import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createOfflineAgent } from '#lib/agents/offline/agent'
import { oneLine, slugOf } from '#lib/agents/offline/artefacts'
import { featuresOf } from '#lib/agents/offline/features'
import type { Task } from '#lib/councils/model'
import type { Spoken } from '#lib/councils/ports'
import { anEntry, passing, task } from './helpers.ts'

const call = { signal: new AbortController().signal, deadline: Number.MAX_SAFE_INTEGER, key: 'k' }

function anAgent(number: number, role = 'DEV') {
  return createOfflineAgent(
    anEntry({ agent_id: `agent-x-00${number}`, role, kind: 'offline', model: 'offline-template' }),
  )
}

async function said<T>(speaking: Promise<Spoken<T>>): Promise<T> {
  const it = await speaking
  if (it.kind !== 'spoken') throw new Error(it.failure.message)
  return it.value
}

describe('an offline agent', () => {
  it('says in every text that no model was asked', async () => {
    const own = await said(anAgent(1).propose(task, call))
    const [review] = await said(anAgent(2).review(task, [{ proposal: 1, content: own }], call))
    const judged = await said(
      anAgent(3).judge(task, [{ candidate: 1, content: own, checks: passing(), score: 1 }], call),
    )
    for (const text of [own, review!.critique, judged.reason]) expect(text).toContain('no model was asked')
  })

  it('costs nothing and says the same to the same question', async () => {
    const first = await anAgent(1).propose(task, call)
    expect(first).toEqual(await anAgent(1).propose(task, call))
    expect(first.spending).toMatchObject({ cost_usd: 0, input_tokens: 0, output_tokens: 0, model: 'offline-template' })
  })

  it.each(['DEV', 'QA', 'ARCHITECT', 'DEVOPS', 'DATA', 'LEGAL'])(
    'makes proposals for %s that differ and can be parsed',
    async (role) => {
      const texts = await Promise.all([1, 2, 3].map((number) => said(anAgent(number, role).propose(task, call))))
      expect(new Set(texts).size).toBe(3)
      const languages = texts.flatMap((text) => blocksOf(text).map(({ language }) => language))
      expect(new Set(languages)).toEqual(new Set(['typescript', 'json', 'yaml']))
      for (const block of texts.flatMap(blocksOf)) await expectToParse(block)
    },
  )

  it('can be parsed whatever the task says', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'binary', maxLength: 100 }),
        fc.integer({ min: 1, max: 3 }),
        async (words, number) => {
          const wild: Task = { ...task, description: words, requirements: [words, '```\nend', '*/ } `$\u007bx}`'] }
          const blocks = blocksOf(await said(anAgent(number).propose(wild, call)))
          expect(blocks.length).toBeGreaterThan(0)
          for (const block of blocks) await expectToParse(block)
        },
      ),
      { numRuns: 50 },
    )
  })

  it('misses what a draft leaves out, and its author takes that up', async () => {
    const author = anAgent(2)
    const own = await said(author.propose(task, call))
    expect(featuresOf(own, task).missing).toEqual(['Error handling'])
    const [review] = await said(anAgent(1).review(task, [{ proposal: 1, content: own }], call))
    expect(review!.critique).toContain('Missing requirement: Error handling.')

    const revised = await said(author.revise(task, own, [review!.critique], call))
    expect(featuresOf(revised, task)).toMatchObject({ missing: [], coverage: 1 })
    expect(await said(author.revise(task, revised, ['Fine.'], call))).toBe(revised)
  })

  it('scores by what is there: more requirements, higher scores', async () => {
    const whole = await said(anAgent(1).propose(task, call))
    const proposals = [whole, '# Idea\n\nUnit tests.', 'Trust me.'].map((content, index) => ({
      proposal: index + 1,
      content,
    }))
    const scores = (await said(anAgent(2).review(task, proposals, call))).map((one) => one.scores['secure']!)
    expect(scores[0]!).toBeGreaterThan(scores[1]!)
    expect(scores[1]!).toBeGreaterThan(scores[2]!)
  })

  it('scores each dimension by what it is about', async () => {
    const rubric = 'Security, test quality, clarity, completeness, charm'
    const content = '# One\n\n- Unit tests of the leases\n\nInput is validated.'
    const [review] = await said(anAgent(1).review({ ...task, rubric }, [{ proposal: 1, content }], call))
    const { security, test_quality, clarity, completeness, charm } = review!.scores
    expect(completeness).toBe(0.5)
    expect(security).toBe(0.5)
    expect(test_quality).toBe(0.5)
    expect(clarity).toBeGreaterThan(0.25)
    expect(charm).toBeLessThan(0.5)
    const plain = { ...task, rubric: '', requirements: [] }
    const [usual] = await said(anAgent(1).review(plain, [{ proposal: 1, content: '' }], call))
    expect(usual).toMatchObject({
      scores: { completeness: 1 },
      critique: expect.stringContaining('nothing in it that could be run'),
    })
  })

  it('has something to say about a task that says nothing', async () => {
    const empty = { ...task, description: '', requirements: [], rubric: '' }
    expect(await said(anAgent(1).propose(empty, call))).toContain('# Proposal: the task')
    expect((await said(anAgent(1).judge(empty, [], call))).candidate).toBe(0)
  })

  it('never picks what fails policy while something passes', async () => {
    const bad = passing({ policy: { passed: false, violations: ['x'], message: 'failed' } })
    const candidates = [
      { candidate: 1, content: 'a', checks: bad, score: 1 },
      { candidate: 2, content: 'b', checks: passing(), score: 0.1 },
      { candidate: 3, content: 'c', checks: passing(), score: 0.2 },
    ]
    expect((await said(anAgent(1).judge(task, candidates, call))).candidate).toBe(3)
    expect((await said(anAgent(1).judge(task, candidates.slice(0, 1), call))).reason).toContain('fails policy')
  })

  it('uses words of tasks only where they are harmless', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(slugOf(text)).toMatch(/^[a-z]+(-[a-z]+)*$/)
        expect(oneLine(text, 50)).not.toMatch(/[\n\r`*/\\"'<>${}[\]#|]/)
      }),
    )
  })
})

interface Block {
  readonly language: string
  readonly text: string
}

function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)\n```$/gm)].map(([, language = '', content = '']) => ({
    language,
    text: content,
  }))
}

async function expectToParse({ language, text }: Block): Promise<void> {
  if (language === 'json') expect(JSON.parse(text)).toMatchObject({ type: 'object' })
  else if (language === 'yaml') expect(parse(text)).toMatchObject({ kind: 'Deployment' })
  else expect((await typescript())(text)).toBe('File')
}

/** The kind of the root node; throws for what is no TypeScript. */
async function typescript(): Promise<(text: string) => string> {
  const { parse: parseCode } = await import('@babel/parser')
  return (text) => parseCode(text, { sourceType: 'module', plugins: ['typescript'] }).type
}
