/** docs/worker.md and `--help`: what they say is what the program does. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { aProcess, aWorld, oneJob } from '#test/helpers/worker/world'
import { schema } from '#worker/config'
import { COMMAND_VARIABLES } from '#worker/start/command-contract'
import { readFlags } from '#worker/start/flags'
import { settings } from '#worker/start/settings'

const run = promisify(execFile)
const MAIN = new URL('../../worker/main.ts', import.meta.url).pathname
const page = () => readFile(new URL('../../docs/worker.md', import.meta.url), 'utf8')

const call = (...args: string[]) =>
  run(process.execPath, [MAIN, ...args], { env: { PATH: '' } }).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
  )

describe('the script of the guide', () => {
  it('works as the command of a real worker, and takes in what reviewers say', async () => {
    const world = await aWorld()
    const number = world.anIssue({ title: 'Greet people', body: 'Say hello.' })
    const script = /```sh\n#!\/bin\/sh\nset -eu\n([\s\S]*?)```/.exec(await page())?.[1] ?? ''
    expect(script.trim().split('\n').length).toBeLessThanOrEqual(10)

    const worker = await aProcess(world, script)
    await worker.ended
    world.orchestrator.offer({
      number,
      title: 'Greet people',
      body: 'Say hello.',
      attempt: 1,
      previous: { error: null, pr_url: null, feedback: 'Louder, please.' },
    })
    const again = await aProcess(world, script)
    await again.ended

    const file = await world.fromGit('show', `ai-feature/issue-${number}:notes/issue-${number}.md`)
    expect(file).toBe('# Greet people\n\nSay hello.\nLouder, please.\n')
    expect(world.orchestrator.of('complete').map(({ body }) => body['usage'])).toMatchObject([
      { input_tokens: 1200, output_tokens: 300, cost_usd: 0.02 },
      { input_tokens: 1200, output_tokens: 300, cost_usd: 0.02 },
    ])
  })

  it('fails with a reason when the issue says nothing', async () => {
    const world = await aWorld()
    world.anIssue({ body: '' })
    const script = /```sh\n#!\/bin\/sh\nset -eu\n([\s\S]*?)```/.exec(await page())?.[1] ?? ''

    await oneJob(world, script)

    expect(world.orchestrator.of('failed')[0]?.body['error']).toContain('The issue does not say what is wanted.')
  })
})

describe('the guide and the help', () => {
  it('fits into a terminal of 80 columns', async () => {
    const { stdout } = await call('--help')

    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('name every setting with its default', async () => {
    const [text, { stdout: help }] = [await page(), await call('--help')]

    for (const name of Object.keys(schema.shape)) {
      expect(text).toContain(`| \`${name}\` |`)
      expect(help).toContain(`  ${name}`)
    }
    expect(settings().find(({ name }) => name === 'WORKER_POLL_INTERVAL')).toMatchObject({ fallback: '30' })
    expect(help).toContain('WORKER_COMMAND (default: claude -p --permission-mode acceptEdits)')
    expect(settings().filter(({ fallback }) => fallback === 'required')).toHaveLength(2)
  })

  it('give examples that the program takes', () => {
    const wrong = settings().filter(
      ({ name, example }) => !example.includes('…') && !schema.shape[name].safeParse(example).success,
    )

    expect(wrong).toEqual([])
  })

  it('name every variable that the command is given', async () => {
    const world = await aWorld()
    const number = world.anIssue()

    await oneJob(world, 'env > env.txt')

    const env = await world.fromGit('show', `ai-feature/issue-${number}:env.txt`)
    const given = [...env.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name ?? '')
    const named = COMMAND_VARIABLES.map(([names]) => names).join(' ')
    // Set by the shell itself.
    const unnamed = given.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name) && !named.includes(name))
    expect(unnamed).toEqual([])
  })
})

describe('the flags', () => {
  it('say the version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'))

    expect(await call('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  it.each([
    ['--plian', ' Did you mean --plain?'],
    ['-plain', ' Did you mean --plain?'],
    ['--hlep', ' Did you mean --help?'],
    ['--json', ''],
    ['run', ''],
  ])('that are unknown are answered with what was meant (%s)', (flag, hint) => {
    const answer = readFlags([flag])

    expect(answer).toMatchObject({ kind: 'unknown', message: expect.stringContaining(`argument "${flag}".${hint} `) })
  })

  it('that are unknown end the program with 2', async () => {
    expect(await call('--plian')).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean --plain?') })
  })
})
