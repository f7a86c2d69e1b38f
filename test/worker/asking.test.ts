/** What stands between the worker and its next job: said once, with what to do. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/errors'
import { briefSleep } from '#test/helpers/worker/time'
import { aLog } from '#test/helpers/worker/values'
import { aProcess, aWorld, GITHUB_TOKEN, oneJob } from '#test/helpers/worker/world'
import { type AskingPorts, createAsking } from '#worker/asking'
import type { NextAnswer } from '#worker/protocol'

const NONE: NextAnswer = { kind: 'none', blocked: false, reason: null, retryAfterMs: 0 }

/** Asks until an answer comes; each of `failures` is thrown once before. */
function anAsking(failures: readonly AppError[], ports: Partial<AskingPorts> = {}) {
  const { log, lines } = aLog()
  const { sleep, slept } = briefSleep()
  const left = [...failures]
  const next = async () => {
    const error = left.shift()
    if (error) throw error
    return NONE
  }
  const orchestrator = { next } as AskingPorts['orchestrator']
  const stopping = new AbortController().signal
  const asking = createAsking({ orchestrator, sleep, chance: () => 1, log, ...ports }, 30_000, stopping)
  const untilAnswered = async () => {
    while ((await asking.next()) === null);
  }
  const errors = () => lines.filter((line) => /"level":"(?:warn|error)"/.test(line))
  return { asking, untilAnswered, lines, errors, slept }
}

const denied = new AppError('unauthenticated', 'The orchestrator answered 401: no such token')
const away = new AppError('upstream_unavailable', 'The orchestrator cannot be reached: nothing listens.')

describe('asking for work', () => {
  it('says what is in the way once, and that it is over', async () => {
    const { untilAnswered, errors, lines, slept } = anAsking([away, away, away])

    await untilAnswered()

    expect(errors()).toHaveLength(1)
    expect(errors()[0]).toContain('nothing listens')
    expect(slept).toEqual([1000, 2000, 4000])
    expect(lines.at(-1)).toContain('the orchestrator answers again')
  })

  it('ends when the token that came as a variable is refused', async () => {
    const { asking, errors } = anAsking([denied])

    await expect(asking.next()).rejects.toMatchObject({ details: { denied: 'ORCHESTRATOR_TOKEN' } })
    expect(errors()).toHaveLength(1)
    expect(errors()[0]).toMatch(/refuses the token.*npx coxswain token create.*no such token/)
  })

  it('waits slowly for another token in the file of a refused one, and goes on at once when it is there', async () => {
    let content = 'old'
    const { sleep } = briefSleep()
    let looks = 0
    const { untilAnswered, errors } = anAsking([denied, denied], {
      sleep: async (ms) => {
        looks += 1
        if (looks === 40) content = 'new'
        await sleep(ms)
      },
      inFile: async () => content,
    })

    await untilAnswered()

    // 30 seconds for the first refusal; 10 of the 60 for the second.
    expect(looks).toBe(40)
    expect(errors()).toHaveLength(1)
  })

  it('takes a page that refuses for something in between, which may pass', async () => {
    const proxy = new AppError('forbidden', 'The orchestrator answered 403', { details: { proxy: true } })
    const { untilAnswered, slept } = anAsking([proxy])

    await untilAnswered()

    expect(slept).toEqual([1000])
  })

  it('takes nothing while GitHub refuses the token, and looks again after a job that GitHub ended', async () => {
    const refusals: (string | null)[] = [null, 'GitHub answered 401.', null]
    const { asking, untilAnswered, errors } = anAsking([], {
      githubTokenRefused: async () => refusals.shift() ?? null,
      inFile: async () => 'same',
    })

    await untilAnswered()
    asking.doubtGitHub()
    expect(await asking.next()).toBeNull()
    await untilAnswered()

    expect(refusals).toEqual([])
    expect(errors()[0]).toContain('GitHub refuses the token')
  })
})

describe('a worker whose token is wrong', () => {
  it.each([401, 403])('ends with 77 and says what to do (%i of the orchestrator)', async (status) => {
    const world = await aWorld()
    world.orchestrator.always('next', { status, body: { code: 'x', detail: 'The token is not known.' } })

    const worker = await aProcess(world, 'exit 1', { WORKER_MAX_JOBS: '0' })

    expect(await worker.ended).toEqual({ code: 77, signal: null })
    expect(worker.log()).toMatch(/token create --scope worker.*The token is not known/)
    expect(world.orchestrator.of('next')).toHaveLength(1)
  })

  it('takes no job with a token that GitHub does not accept', async () => {
    const world = await aWorld()
    world.anIssue()

    const worker = await aProcess(world, 'exit 1', { GITHUB_TOKEN: 'wrong-token' })

    expect(await worker.ended).toEqual({ code: 77, signal: null })
    expect(worker.log()).toContain('GITHUB_TOKEN is not accepted: it is wrong, expired or revoked.')
    expect(worker.log()).toContain('Contents and Pull requests (read and write)')
    expect(world.orchestrator.calls).toEqual([])
  })

  it('goes on when the file of the token holds another', async () => {
    const world = await aWorld()
    world.anIssue()
    const file = join(world.folder, 'github-token')
    await writeFile(file, 'wrong-token')
    const worker = await aProcess(world, 'echo 1 > done.txt', { GITHUB_TOKEN: '', GITHUB_TOKEN_FILE: file })
    while (!worker.log().includes('GitHub refuses the token')) await new Promise((resolve) => setImmediate(resolve))

    await writeFile(file, `${GITHUB_TOKEN}\n`)

    expect(await worker.ended).toEqual({ code: 0, signal: null })
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })
})

describe('the end of a job', () => {
  it.each([
    ['/no/such/program', 'there is no /no/such/program'],
    ['no-such-program --fast', "no-such-program is in no folder of the worker's PATH"],
    ['sh -c "nothing-of-that-name"', 'a program that it did not find'],
    ['sh -c "sleep 600"', 'longer than the 1 seconds of WORKER_COMMAND_TIMEOUT'],
  ])('names the reason and what follows (%s)', async (WORKER_COMMAND, why) => {
    const world = await aWorld()
    world.anIssue()

    const log = await oneJob(world, '', { WORKER_COMMAND, WORKER_COMMAND_TIMEOUT: '1' })

    const reported = log.split('\n').find((line) => line.includes('"msg":"reported"')) ?? ''
    expect(JSON.parse(reported)).toMatchObject({ why: expect.stringContaining(why), next: expect.any(String) })
    expect(world.orchestrator.of('failed')[0]?.body['error']).toContain(why)
  })

  it.each(['cd /tmp && ls', '/usr/bin'])(
    'is said at the start when the command is no program: %s',
    async (WORKER_COMMAND) => {
      const world = await aWorld()

      const worker = await aProcess(world, '', { WORKER_COMMAND })

      expect(await worker.ended).toEqual({ code: 2, signal: null })
      expect(worker.log()).toMatch(/cannot be run: .* words of a shell, such as cd or &&, belong into a script/)
    },
  )

  it('is said at the start when the command or git cannot be run at all', async () => {
    const world = await aWorld()

    const worker = await aProcess(world, '', { WORKER_COMMAND: 'no-such-program' })
    const bare = await aProcess(world, '', { PATH: '/nowhere' })

    expect(await worker.ended).toEqual({ code: 2, signal: null })
    expect(worker.log()).toContain('WORKER_COMMAND names no-such-program, which cannot be run: it is not in PATH')
    expect(await bare.ended).toEqual({ code: 2, signal: null })
    expect(bare.log()).toContain('git is not in PATH')
    expect(world.orchestrator.calls).toEqual([])
  })

  it('names the token and its rights when GitHub does not show the repository', async () => {
    const world = await aWorld()
    world.anIssue({ repository: 'acme/private' })

    const log = await oneJob(world, '')

    expect(world.orchestrator.of('failed')[0]?.body).toMatchObject({
      kind: 'infrastructure',
      error: expect.stringContaining('GITHUB_TOKEN may not read this repository, or it does not exist.'),
    })
    expect(log).toContain('no attempt is consumed')
  })
})

describe('an answer that is none of an orchestrator', () => {
  it.each([
    [{ status: 404, body: { message: 'Not Found' } }, 'not as an orchestrator does'],
    [{ status: 200, body: {} }, 'is not what was agreed'],
  ])('names the setting to look at (%j)', async (answer, words) => {
    const world = await aWorld()
    world.orchestrator.always('next', answer)

    const worker = await aProcess(world, '', { WORKER_MAX_JOBS: '0' })
    while (!worker.log().includes('no work from the orchestrator'))
      await new Promise((resolve) => setImmediate(resolve))
    worker.child.kill('SIGTERM')
    await worker.ended

    expect(worker.log()).toContain(words)
  })
})
