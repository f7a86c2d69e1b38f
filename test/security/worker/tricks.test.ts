/** What a hostile command leaves in its clone, among the processes and in its output, to act on the worker later. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aProcess, appears, aWorld, exists, isAlive, oneJob, type World } from '#test/helpers/worker/world'
import { endProcessesOf } from '#worker/user/processes'

const isRoot = process.platform === 'linux' && process.getuid?.() === 0

/** A number that no user of the machine and no other test run has. */
const UID = 500_000 + (process.pid % 100_000)
const USER = { name: 'tester', uid: UID, gid: UID, home: null }
const asUser = { WORKER_COMMAND_USER: String(UID) }

/** A world that the user may pass through. */
async function anOpenWorld(): Promise<World> {
  const world = await aWorld()
  await chmod(world.folder, 0o711)
  return world
}

describe('a clone that was prepared against the one who commits from it', () => {
  it('costs no file outside of it, whatever folder of git a link stands in for', async () => {
    const world = await aWorld()
    world.anIssue()
    const other = join(world.folder, 'other')
    await mkdir(other)
    for (const name of ['database.lock', 'index.lock']) await writeFile(join(other, name), 'in use')
    const links = ['.git/refs/heads/a', '.git/refs/b', '.git/refs/heads/c.lock'].map(
      (path) => `ln -s '${other}' ${path}`,
    )

    await oneJob(world, `${links.join('; ')}; ln -s / .git/refs/all; echo 1 > done.txt`)

    for (const name of ['database.lock', 'index.lock']) expect(await exists(join(other, name))).toBe(true)
    expect([...world.orchestrator.of('complete'), ...world.orchestrator.of('failed')]).toHaveLength(1)
  })

  it.each(['index.lock', 'HEAD.lock', 'config.lock'])('fails its attempt where .git/%s is a folder', async (lock) => {
    const world = await aWorld()
    world.anIssue()

    await oneJob(world, `mkdir -p .git/${lock}/x; echo 1 > done.txt`)

    const ends = [...world.orchestrator.of('complete'), ...world.orchestrator.of('failed')].map(({ body }) => body)
    expect(ends).toHaveLength(1)
    expect(ends[0]?.['kind']).not.toBe('infrastructure')
  })

  it('is removed, however deep its folders are', async () => {
    const world = await aWorld()
    const number = world.anIssue()
    const deep = `cd .git; name=$(printf %0200d 0); mkdir $name; for i in $(seq 40); do mkdir x; mv $name x; mv x $name; done`

    await oneJob(world, `echo 1 > done.txt; (${deep})`)

    expect(world.orchestrator.of('complete')).toHaveLength(1)
    expect(await exists(join(world.workspace, 'acme', 'widgets', `issue-${number}`))).toBe(false)
  })

  it('shows its filters no address of a proxy, which may hold a password', async () => {
    const world = await aWorld()
    world.anIssue()
    const filter = `git config filter.spy.clean 'env >> "${world.folder}/seen"; cat'; echo '*.txt filter=spy' > .gitattributes`
    const proxies = { HTTPS_PROXY: 'http://me:proxy-secret-99@127.0.0.1:9', NO_PROXY: '127.0.0.1' }

    await oneJob(world, `${filter}; echo 1 > done.txt`, proxies)

    const seen = await readFile(join(world.folder, 'seen'), 'utf8')
    expect(seen).toContain('PATH=')
    expect(seen).not.toContain('proxy-secret-99')
  })
})

describe('output', () => {
  it('without a line break, however long, ends nothing but the attempt', { timeout: 120_000 }, async () => {
    const world = await aWorld()
    world.anIssue()

    const worker = await aProcess(world, `head -c 560000000 /dev/zero | tr '\\0' a; exit 3`)

    expect(await worker.ended).toEqual({ code: 0, signal: null })
    expect(world.orchestrator.of('failed')[0]?.body['error']).toContain('exited with code 3')
  })

  it('that repeats a secret shows no part of it in the report, also where the kept output begins', async () => {
    const world = await aWorld()
    world.anIssue()
    const AGENT_KEY = `key-${'0123456789'.repeat(5)}-end`

    await oneJob(world, `for i in $(seq 3000); do printf %s "$AGENT_KEY"; done; exit 3`, {
      AGENT_KEY,
      WORKER_PASS_ENV: 'AGENT_KEY',
    })

    const error = String(world.orchestrator.of('failed')[0]?.body['error'])
    expect(error).toContain('exited with code 3')
    for (const part of ['0123456789', '-end']) expect(error).not.toContain(part)
  })
})

describe('a signal that opens a debugger in other programs', () => {
  it('opens none in the worker, whose memory could be read through it', async () => {
    const world = await aWorld()
    world.anIssue()

    const worker = await aProcess(world, `kill -USR1 $PPID; sleep 1; echo 1 > done.txt`)

    expect(await worker.ended).toEqual({ code: 0, signal: null })
    expect(worker.log()).not.toContain('Debugger listening')
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })
})

describe.runIf(isRoot)('a process of the command that ends whatever comes to end it', () => {
  it('is ended', async () => {
    const world = await anOpenWorld()
    const out = join(world.folder, 'out')
    await mkdir(out)
    await chown(out, UID, UID)
    const script = `echo > '${out}/there'; trap '' TERM; while :; do kill -9 -1; done`
    const child = spawn('sh', ['-c', script], { uid: UID, gid: UID, cwd: '/', stdio: 'ignore', detached: true })
    onTestFinished(() => void child.kill('SIGKILL'))
    const gone = once(child, 'exit')
    await appears(join(out, 'there'))

    expect(await endProcessesOf(USER)).toBeGreaterThan(0)

    await gone
    expect(isAlive(child.pid ?? 0)).toBe(false)
  })

  it('does not outlive its job', async () => {
    const world = await anOpenWorld()
    world.anIssue()
    const attack = `env -i setsid sh -c 'while :; do kill -9 -1; done' > /dev/null 2>&1 &`

    const worker = await aProcess(world, `cd /; ${attack} sleep 60`, asUser)

    expect(await worker.ended).toEqual({ code: 0, signal: null })
    expect(await endProcessesOf(USER)).toBe(0)
  })
})
