import { describe, expect, it } from 'vitest'
import { REPOSITORY } from '#test/helpers/worker/values'
import { aWorld, GITHUB_TOKEN, oneJob, type World } from '#test/helpers/worker/world'
import { judgeBranch } from '#worker/tree/starting-point'

const EDIT = 'echo "for issue $COXSWAIN_ISSUE_NUMBER" >> notes.txt'
const AGENT = 'git config user.name agent; git config user.email agent@ai.invalid'

async function onGitHub(world: World, method: string, path: string, body: object): Promise<number> {
  const headers = { authorization: `Bearer ${GITHUB_TOKEN}`, 'content-type': 'application/json' }
  const url = `${world.github.url}/repos/${REPOSITORY}${path}`
  return (await fetch(url, { method, headers, body: JSON.stringify(body) })).status
}

const errorOf = (world: World) => world.orchestrator.of('failed')[0]?.body['error']

describe('a run without a change', () => {
  it.each([
    ['an empty commit', 'git commit -q --allow-empty -m "done"'],
    ['a commit and its revert', `${EDIT}; git add -A; git commit -qm it; git revert --no-edit HEAD >/dev/null`],
  ])('is no pull request: %s', async (_, script) => {
    const world = await aWorld()
    world.anIssue()

    await oneJob(world, `${AGENT}; ${script}`)

    expect(errorOf(world)).toContain('changed nothing')
    expect(await world.pulls()).toEqual([])
    expect(await world.fromGit('branch', '--list', 'ai-feature/*')).toBe('')
  })
})

describe('a branch whose pull request is over', () => {
  async function anEndedPull(how: 'squash' | 'merge' | 'closed') {
    const world = await aWorld()
    const number = world.anIssue()
    await oneJob(world, EDIT)
    const [pull] = await world.pulls()
    const path = `/pulls/${pull?.number}`
    const status =
      how === 'closed'
        ? await onGitHub(world, 'PATCH', path, { state: 'closed' })
        : await onGitHub(world, 'PUT', `${path}/merge`, { merge_method: how })
    expect(status).toBe(200)
    const old = await world.fromGit('rev-parse', `ai-feature/issue-${number}`)
    world.orchestrator.offer({ number })
    return { world, number, old }
  }

  it.each(['squash', 'merge', 'closed'] as const)('is left behind (%s): new work goes onto a new one', async (how) => {
    const { world, number, old } = await anEndedPull(how)

    await oneJob(world, 'echo "$COXSWAIN_BRANCH" > second.txt')

    const name = `ai-feature/issue-${number}-2`
    const [first, second] = (await world.pulls()).toSorted((a, b) => a.number - b.number)
    expect([first?.head.ref, second?.head.ref]).toEqual([`ai-feature/issue-${number}`, name])
    expect(world.orchestrator.of('complete')[1]?.body['pr_url']).toBe(second?.html_url)
    expect(await world.fromGit('show', `${name}:second.txt`)).toBe(`${name}\n`)
    expect(await world.fromGit('rev-list', '--count', `main..${name}`)).toBe('1\n')
    expect(await world.fromGit('rev-parse', `ai-feature/issue-${number}`)).toBe(old)
  })

  it('is no result when nothing new comes of it', async () => {
    const { world } = await anEndedPull('squash')

    await oneJob(world, 'test -f notes.txt')

    expect(errorOf(world)).toContain('changed nothing')
    expect(await world.pulls()).toHaveLength(1)
  })
})

describe('a branch of the issue', () => {
  it.each([
    [null, null, 'begin'],
    [null, 'ancestor', 'begin'],
    [null, 'contained', 'left_behind'],
    [null, 'ahead', 'continue'],
    ['open', 'ahead', 'continue'],
    ['open', 'contained', 'continue'],
    ['open', 'ancestor', 'continue'],
    ['merged', 'ahead', 'left_behind'],
    ['closed', 'ahead', 'left_behind'],
    ['closed', null, 'left_behind'],
  ] as const)('with a pull request that is %s, and %s, is: %s', (fate, relation, verdict) => {
    expect(judgeBranch(fate, relation)).toBe(verdict)
  })
})
