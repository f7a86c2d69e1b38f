import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HOSTILE_TITLE, REPOSITORY } from '#test/helpers/worker/values'
import { ANTHROPIC_KEY, aWorker, aWorld, exists, oneJob } from '#test/helpers/worker/world'

const EDIT = 'echo "for issue $COXSWAIN_ISSUE_NUMBER" >> notes.txt'

describe('a job', () => {
  it('goes from the issue to an open pull request and is reported once', async () => {
    const world = await aWorld()
    const number = world.anIssue({ title: 'Write notes' })

    await oneJob(world, EDIT)

    const [pull, ...others] = await world.pulls()
    expect(others).toEqual([])
    expect(pull).toMatchObject({
      title: `Write notes (#${number})`,
      head: { ref: `ai-feature/issue-${number}` },
      base: { ref: 'main' },
    })
    expect(pull?.body).toContain(`Closes #${number}\n`)
    expect(pull?.body).toContain(`<!-- coxswain:issue=${number} -->`)
    expect(await world.fromGit('show', `ai-feature/issue-${number}:notes.txt`)).toBe(`for issue ${number}\n`)
    expect(world.orchestrator.of('failed')).toEqual([])
    expect(world.orchestrator.of('complete').map(({ body }) => body)).toEqual([
      {
        worker_id: 'w1',
        issue_number: number,
        repository: REPOSITORY,
        lease_token: 1,
        pr_url: pull?.html_url,
        success: true,
        usage: { seconds: expect.any(Number) },
      },
    ])
    expect(await exists(join(world.workspace, REPOSITORY, `issue-${number}`))).toBe(false)
    expect(await exists(join(world.workspace, '.coxswain', 'w1.json'))).toBe(false)
  })

  it('gives the command the issue as a file outside the tree, and the rest by environment', async () => {
    const world = await aWorld()
    const number = world.anIssue({
      title: 'T "quoted"',
      body: 'B\nb',
      author_association: 'NONE',
      previous: { error: 'x', pr_url: null, feedback: null },
    })

    await oneJob(world, 'cp "$ISSUE_FILE" issue.json; env > env.txt; pwd > pwd.txt')

    const show = (file: string) => world.fromGit('show', `ai-feature/issue-${number}:${file}`)
    const tree = (await show('pwd.txt')).trim()
    expect(JSON.parse(await show('issue.json'))).toMatchObject({
      number,
      title: 'T "quoted"',
      body: 'B\nb',
      repository: REPOSITORY,
      labels: [],
      author_association: 'NONE',
      previous: { error: 'x' },
      untrusted: ['title', 'body', 'previous'],
    })
    const env = await show('env.txt')
    expect(env).toContain(`COXSWAIN_REPOSITORY=${REPOSITORY}\n`)
    expect(env).toContain(`COXSWAIN_BRANCH=ai-feature/issue-${number}\n`)
    expect(env).toContain('COXSWAIN_ATTEMPT=1\n')
    expect(/^ISSUE_FILE=(.*)$/m.exec(env)?.[1]?.startsWith(`${tree}/`)).toBe(false)
  })

  it('reports what the command says it has spent', async () => {
    const world = await aWorld()
    world.anIssue()
    const usage = '{"input_tokens":12,"output_tokens":3,"cost_usd":0.25,"seconds":9}'

    await oneJob(world, `${EDIT}; echo '${usage}' > "$COXSWAIN_USAGE_FILE"`)

    expect(world.orchestrator.of('complete')[0]?.body['usage']).toEqual(JSON.parse(usage))
  })

  it('fails when the command changes nothing', async () => {
    const world = await aWorld()
    world.anIssue()

    await oneJob(world, 'echo all is well')

    expect(world.orchestrator.of('failed')[0]?.body).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('changed nothing'),
    })
    expect(await world.pulls()).toEqual([])
  })

  it('fails with the masked end of its output when the command fails', async () => {
    const world = await aWorld()
    world.anIssue()
    const noise = 'i=0; while [ $i -lt 3000 ]; do echo "line $i of much noise"; i=$((i+1)); done'

    await oneJob(world, `${noise}; echo "the key is ${ANTHROPIC_KEY}" >&2; exit 3`)

    const { error, kind } = world.orchestrator.of('failed')[0]!.body as { error: string; kind: string }
    expect(kind).toBe('failed')
    expect(error).toMatch(/^The command exited with code 3\./)
    expect(error).toContain('the key is ***')
    expect(error).not.toContain(ANTHROPIC_KEY)
    expect(error.length).toBeLessThanOrEqual(4000)
  })

  it.each([
    ['sh -c "exit 75"', 'rate_limited'],
    ['/no/such/program', 'infrastructure'],
    ['sh -c "sleep 600"', 'failed'],
  ])('reports `%s` as %s', async (WORKER_COMMAND, kind) => {
    const world = await aWorld()
    world.anIssue()

    await oneJob(world, '', { WORKER_COMMAND, WORKER_COMMAND_TIMEOUT: '1' })

    expect(world.orchestrator.of('failed')[0]?.body).toMatchObject({ kind })
  })

  it('takes what the command committed by itself', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    const commit = 'git -c user.name=a -c user.email=a@b.invalid commit -q -m own'

    await oneJob(world, `${EDIT}; git add -A; ${commit}`)

    expect(await world.fromGit('log', '-1', '--format=%s', `ai-feature/issue-${number}`)).toBe('own\n')
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })

  it('is an infrastructure failure when GitHub is down, and costs no attempt', async () => {
    const world = await aWorld()
    world.anIssue()
    world.github.fail({ match: { path: /\.git\// }, times: 100, status: 503 })

    await oneJob(world, EDIT)

    expect(world.orchestrator.of('failed')[0]?.body).toMatchObject({
      kind: 'infrastructure',
      error: expect.stringContaining('git clone failed'),
    })
  })

  it('waits out a hiccup of GitHub and opens one pull request, though a reply was lost', async () => {
    const world = await aWorld()
    world.anIssue()
    world.github.fail({ match: { method: 'POST', path: /\/pulls$/ }, dropReply: true })

    await oneJob(world, EDIT)

    expect(await world.pulls()).toHaveLength(1)
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })
})

describe('a hostile issue', () => {
  it('is data and nothing else', async () => {
    const world = await aWorld()
    const number = world.anIssue({
      title: HOSTILE_TITLE,
      body: '$(touch pwned) `touch pwned`',
      labels: ['--upload-pack=x'],
    })

    const log = await oneJob(world, EDIT)

    const subject = await world.fromGit('log', '-1', '--format=%s', `ai-feature/issue-${number}`)
    expect((await world.fromGit('branch', '--format=%(refname:short)')).split('\n')).toContain(
      `ai-feature/issue-${number}`,
    )
    expect(subject.trimEnd()).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(subject).toContain(`(#${number})`)
    expect(await world.fromGit('ls-tree', '-r', '--name-only', `ai-feature/issue-${number}`)).toBe(
      'README.md\nnotes.txt\n',
    )
    expect(await world.pulls()).toHaveLength(1)
    expect(log).not.toMatch(/curl|pwned|\u202e/)
  })
})

describe('an earlier attempt', () => {
  it('is continued on its branch and in its pull request', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    await oneJob(world, 'echo one > one.txt')
    const [before] = await world.pulls()

    world.orchestrator.offer({
      number,
      attempt: 2,
      previous: { error: null, pr_url: before?.html_url, feedback: 'and two' },
    })
    await oneJob(world, 'cat one.txt; echo two > two.txt')

    expect(await world.fromGit('ls-tree', '--name-only', `ai-feature/issue-${number}`)).toBe(
      'README.md\none.txt\ntwo.txt\n',
    )
    expect(await world.pulls()).toHaveLength(1)
    expect(world.orchestrator.of('complete')[1]?.body).toMatchObject({ lease_token: 2, pr_url: before?.html_url })
  })

  it('whose work waits unreported is brought home though nothing is left to change', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    await oneJob(world, EDIT)

    world.orchestrator.offer({ number })
    await oneJob(world, 'test -f notes.txt')

    expect(await world.pulls()).toHaveLength(1)
    expect(world.orchestrator.of('complete')).toHaveLength(2)
  })

  it('that a reviewer sent back is not done again by changing nothing', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    await oneJob(world, EDIT)

    world.orchestrator.offer({ number, previous: { error: null, pr_url: null, feedback: 'Please do' } })
    await oneJob(world, 'true')

    expect(world.orchestrator.of('failed')[0]?.body['error']).toContain('changed nothing')
  })
})

describe('a report', () => {
  it('is repeated until it is acknowledged', async () => {
    const world = await aWorld()
    world.anIssue()
    world.orchestrator.answer('complete', { status: 503 }, { status: 429, headers: { 'retry-after': '0' } })

    await oneJob(world, EDIT)

    const bodies = world.orchestrator.of('complete').map(({ body }) => JSON.stringify(body))
    expect(bodies).toHaveLength(3)
    expect(new Set(bodies).size).toBe(1)
    expect(await world.pulls()).toHaveLength(1)
  })

  it('that comes too late leaves a note of the pull request and is given up', async () => {
    const world = await aWorld()
    world.anIssue()
    world.orchestrator.always('complete', { status: 409, body: { code: 'lease_lost', detail: 'no' } })

    const log = await oneJob(world, EDIT)

    const [pull] = await world.pulls()
    expect(world.orchestrator.of('complete')).toHaveLength(1)
    expect(world.orchestrator.of('failed')).toEqual([])
    expect(log).toContain(`"orphan_pr_url":"${pull?.html_url}"`)
  })
})

describe('while the orchestrator is away', () => {
  it('no work is taken, and no request is made before the time it named', async () => {
    const world = await aWorld()
    world.anIssue()
    world.orchestrator.answer('next', { status: 503, headers: { 'retry-after': '1' } }, { status: 500 })
    const began = Date.now()

    const worker = await aWorker(world, EDIT)
    await world.orchestrator.called('next', 2)
    const waited = Date.now() - began
    await worker.done

    expect(waited).toBeGreaterThanOrEqual(1000)
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })
})
