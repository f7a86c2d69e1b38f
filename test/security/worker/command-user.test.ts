/** A command that runs as a user of its own: what it cannot read, write or leave behind. Needs root on Linux. */
import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { asPerson, HAS_GIT_LFS } from '#test/helpers/git'
import { REPOSITORY } from '#test/helpers/worker/values'
import { aProcess, aWorld, exists, GITHUB_TOKEN, isAlive, SECRETS, type World } from '#test/helpers/worker/world'
import { problemOf } from '#worker/user/check'
import { findUser } from '#worker/user/command-user'

const run = promisify(execFile)
const isRoot = process.platform === 'linux' && process.getuid?.() === 0

/** A number that no user of the machine and no other test run has. */
const UID = 400_000 + (process.pid % 100_000)

/** A world that the user may pass through, with a folder `out` that it may write to. */
async function anOpenWorld(): Promise<World & { readonly out: string }> {
  const world = await aWorld()
  const out = join(world.folder, 'out')
  await chmod(world.folder, 0o711)
  await mkdir(out)
  await chown(out, UID, UID)
  return { ...world, out }
}

const asUser = { WORKER_COMMAND_USER: String(UID) }

/** Runs one job as the user; the log. */
async function oneJobAsUser(world: World, script: string, changes: Record<string, string> = {}): Promise<string> {
  const worker = await aProcess(world, script, { ...asUser, ...changes })
  expect(await worker.ended).toEqual({ code: 0, signal: null })
  return worker.log()
}

describe.runIf(isRoot)('a command with a user of its own', () => {
  it('does its job: clones, edits, commits, states its usage, and the result is pushed', async () => {
    const world = await anOpenWorld()
    const number = world.anIssue()
    const commit = 'git -c user.name=a -c user.email=a@b.invalid commit -q -m own'

    await oneJobAsUser(
      world,
      `id -u > uid.txt; id -G > groups.txt; cp "$ISSUE_FILE" issue.json; echo '{"cost_usd":0.5}' > "$COXSWAIN_USAGE_FILE"
      git add -A; ${commit}; echo later > later.txt; touch "$HOME/kept" && echo "$USER" > user.txt`,
    )

    const show = (file: string) => world.fromGit('show', `ai-feature/issue-${number}:${file}`)
    expect(await show('uid.txt')).toBe(`${UID}\n`)
    expect(await show('groups.txt')).toBe(`${UID}\n`)
    expect(await show('user.txt')).toBe(`${UID}\n`)
    expect(await show('later.txt')).toBe('later\n')
    expect(JSON.parse(await show('issue.json'))).toMatchObject({ number })
    expect(world.orchestrator.of('complete')[0]?.body['usage']).toMatchObject({ cost_usd: 0.5 })
  })

  it.runIf(HAS_GIT_LFS)('has the files of Git LFS and of submodules, and what it makes of them is pushed', async () => {
    const world = await anOpenWorld()
    await world.github.seed.repository('acme/lib', { files: { 'lib.txt': 'of the library\n' } })
    const remote = `${world.github.url}/${REPOSITORY}.git`
    const access = { url: world.github.url, token: GITHUB_TOKEN }
    await asPerson(
      world.folder,
      `git clone -q ${remote} art; cd art; git lfs track '*.bin' > /dev/null; printf 'picture one' > one.bin
      git submodule --quiet add ${world.github.url}/acme/lib.git vendor/lib; git config -f .gitmodules submodule.vendor/lib.url ../lib.git
      git add -A; git commit -qm art; git -c lfs.url=${remote}/info/lfs -c lfs.pushurl=${remote}/info/lfs lfs push origin HEAD > /dev/null
      git push -q --no-verify origin HEAD:main`,
      access,
    )
    const number = world.anIssue()

    const commit = 'git -c user.name=a -c user.email=a@b.invalid commit -qm two'
    await oneJobAsUser(
      world,
      `cat one.bin vendor/lib/lib.txt > seen.txt; printf two > two.bin; git add -A; ${commit}; printf three > three.bin`,
    )

    const branch = `ai-feature/issue-${number}`
    const script = `git clone -q -b ${branch} ${remote} got; cd got; cat seen.txt two.bin three.bin`
    expect(await asPerson(world.folder, script, access)).toBe('picture oneof the library\ntwothree')
  })

  it('reads nothing of the worker: its process, its journal, the mirror, the workspace', async () => {
    const world = await anOpenWorld()
    world.anIssue()
    const paths = [
      '/proc/$PPID/environ',
      '/proc/$PPID/mem',
      '/proc/$PPID/fd/0',
      '../origin.git/HEAD',
      '../origin.git/config',
    ]
    const journal = join(world.workspace, '.coxswain', 'w1.json')
    const reads = [...paths, journal].map(
      (path) => `cat ${path} > /dev/null 2>> '${world.out}/said' && echo 'READ ${path}'`,
    )
    const lists = ['..', '../..', world.workspace].map(
      (path) => `ls ${path} > /dev/null 2>> '${world.out}/said' && echo 'LISTED ${path}'`,
    )

    await oneJobAsUser(world, `set +e; { ${[...reads, ...lists].join('; ')}; } > '${world.out}/got'; echo 1 > done.txt`)

    expect(await readFile(join(world.out, 'got'), 'utf8')).toBe('')
    const said = await readFile(join(world.out, 'said'), 'utf8')
    expect(said.trim().split('\n')).toHaveLength(reads.length + lists.length)
    for (const secret of SECRETS) expect(said).not.toContain(secret)
  })

  it('writes nothing beside its clone: not the mirror, not a kept result, not the journal', async () => {
    const world = await anOpenWorld()
    const number = world.anIssue()
    const folder = join(world.workspace, REPOSITORY, `issue-${number}`)
    const targets = [
      '../kept.json',
      '../x',
      '../origin.git/x',
      '../origin.git/config',
      '../left-out',
      `${world.workspace}/.coxswain/x`,
    ]
    const tries = [
      ...targets.map((path) => `(echo x >> ${path}) 2> /dev/null && echo 'WROTE ${path}'`),
      `mv ../origin.git ../other 2> /dev/null && echo MOVED`,
      `mv ../tree ../other 2> /dev/null && echo MOVED`,
      `rm -rf ../origin.git 2> /dev/null; test -d ../origin.git || echo REMOVED`,
    ]

    await oneJobAsUser(world, `set +e; { ${tries.join('; ')}; } > '${world.out}/got'; echo 1 > done.txt`)

    expect(await readFile(join(world.out, 'got'), 'utf8')).toBe('')
    expect(world.orchestrator.of('complete')).toHaveLength(1)
    expect(await exists(folder)).toBe(false)
  })

  it('gets nothing executed as the worker by the configuration of its clone', async () => {
    const world = await anOpenWorld()
    world.anIssue()
    const spy = `${world.out}/spy.sh`
    const traps = [
      `printf '#!/bin/sh\\nid -u >> "${world.out}/ran"; cat\\n' > '${spy}'; chmod +x '${spy}'`,
      `for hook in pre-commit post-commit reference-transaction post-index-change; do cp '${spy}' .git/hooks/$hook; done`,
      `git config core.fsmonitor '${spy}'; git config core.hooksPath .git/hooks; git config core.sshCommand '${spy}'`,
      `git config filter.x.clean '${spy}'; git config filter.x.smudge '${spy}'; echo '* filter=x' > .gitattributes`,
      `git config uploadpack.packObjectsHook '${spy}'; git config gpg.program '${spy}'; git config commit.gpgSign true`,
      'echo 1 > done.txt',
    ]

    await oneJobAsUser(world, traps.join('\n'))

    const ran = await readFile(join(world.out, 'ran'), 'utf8')
    expect([...new Set(ran.trim().split('\n'))]).toEqual([String(UID)])
    expect(world.orchestrator.of('complete')).toHaveLength(1)
  })

  it("brings back nothing that it may not read, through git's own links to other repositories", async () => {
    const world = await anOpenWorld()
    const number = world.anIssue()
    const closed = join(world.folder, 'closed')
    await mkdir(closed, { mode: 0o700 })
    await run('git', ['init', '--quiet', '--bare', join(closed, 'x.git')])
    await writeFile(join(closed, 'text'), 'of somebody else\n')
    const { stdout } = await run('git', [`--git-dir=${closed}/x.git`, 'hash-object', '-w', join(closed, 'text')])
    const script = `echo '${closed}/x.git/objects' > .git/objects/info/alternates
      tree=$(printf '100644 blob ${stdout.trim()}\\tstolen\\n' | git mktree --missing)
      git update-ref HEAD $(git -c user.name=a -c user.email=a@b.invalid commit-tree $tree -p HEAD -m x); echo 1 > done.txt`

    await oneJobAsUser(world, script)

    const found = await world.fromGit('cat-file', '-p', stdout.trim()).catch(() => '')
    expect(found).toBe('')
    expect(world.orchestrator.of('failed')[0]?.body).toMatchObject({ issue_number: number, kind: 'failed' })
  })

  it('removes nothing of others through a link in the place of a folder of git', async () => {
    const world = await anOpenWorld()
    world.anIssue()
    const closed = join(world.folder, 'closed')
    await mkdir(closed, { mode: 0o700 })
    await writeFile(join(closed, 'database.lock'), 'in use')

    await oneJobAsUser(world, `rm -rf .git/refs; ln -s '${closed}' .git/refs; echo 1 > done.txt`)

    expect(await exists(join(closed, 'database.lock'))).toBe(true)
    expect(world.orchestrator.of('failed')[0]?.body).toMatchObject({ kind: 'failed' })
  })

  it('leaves no process behind, also none that took off its environment, group and folder', async () => {
    const world = await anOpenWorld()
    world.anIssue()
    const daemon = `cd /; env -i setsid sh -c 'echo $$ > "${world.out}/pid"; exec sleep 600' > /dev/null 2>&1 &`

    const log = await oneJobAsUser(
      world,
      `(${daemon}); while [ ! -s '${world.out}/pid' ]; do sleep 0.05; done; echo 1 > done.txt`,
    )

    expect(isAlive(Number(await readFile(join(world.out, 'pid'), 'utf8')))).toBe(false)
    expect(log).toContain('ended processes that outlived their command')
  })

  it('does not meet the command of another worker', async () => {
    const world = await anOpenWorld()
    const first = await aProcess(world, '', { ...asUser, WORKER_POLL_INTERVAL: '3600' })
    await world.orchestrator.called('next')

    const second = await aProcess(world, '', asUser)

    expect(await second.ended).toEqual({ code: 2, signal: null })
    expect(second.log()).toContain('Give each worker a user of its own')
    first.child.kill('SIGTERM')
    await first.ended
  })
})

describe.runIf(isRoot)('a user that the command cannot have', () => {
  it.each([
    ['0', 'must not be'],
    ['root', 'must not be'],
    ['no-such-user', 'has no such user'],
  ])('%s is refused at the start', async (WORKER_COMMAND_USER, why) => {
    const world = await aWorld()

    const worker = await aProcess(world, '', { WORKER_COMMAND_USER })

    expect(await worker.ended).toEqual({ code: 2, signal: null })
    expect(worker.log()).toContain(why)
    expect(world.orchestrator.calls).toEqual([])
  })

  it('is refused when it cannot reach the workspace', async () => {
    const world = await aWorld()

    const worker = await aProcess(world, '', asUser)

    expect(await worker.ended).toEqual({ code: 2, signal: null })
    expect(worker.log()).toContain('cannot reach WORKSPACE_DIR')
  })

  it('is refused when it could read a file with a token', async () => {
    const world = await anOpenWorld()
    const file = join(world.folder, 'token')
    await writeFile(file, 'a-token', { mode: 0o644 })

    const worker = await aProcess(world, '', { ...asUser, GITHUB_TOKEN: '', GITHUB_TOKEN_FILE: file })

    expect(await worker.ended).toEqual({ code: 2, signal: null })
    expect(worker.log()).toContain(`may read ${file}`)
  })

  it('is refused to a worker that may not change users', async () => {
    const world = await anOpenWorld()
    await chmod(world.folder, 0o777)
    const env = { ...world.env(await world.aCommand('')), WORKER_COMMAND_USER: String(UID + 1) }
    const main = new URL('../../../worker/main.ts', import.meta.url).pathname

    const ended = await run(process.execPath, [main], { env, uid: UID, gid: UID, cwd: '/' }).catch(
      (error: unknown) => error,
    )

    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('Start it as root') })
  })

  it('is missing: a worker that runs as root says once that it should be there', async () => {
    const world = await aWorld()
    world.anIssue()

    const worker = await aProcess(world, 'echo 1 > done.txt')
    await worker.ended

    expect(worker.log().match(/WORKER_COMMAND_USER/g)).toHaveLength(1)
  })
})

describe('what a look as the user finds', () => {
  const user = { name: 'agent', uid: 1001, gid: 1002, home: '/home/agent' }
  const well = '1001\nCapEff:\t0000000000000000\nreached\n'

  it.each([
    [well, null],
    ['1001\nreached\n', null],
    ['0\nCapEff:\t0000000000000000\nreached\n', 'would keep rights'],
    ['1001\nCapEff:\t00000000000000c0\nreached\n', 'would keep rights'],
    ['', 'would keep rights'],
    ['1001\nCapEff:\t0000000000000000\n', 'cannot reach WORKSPACE_DIR /w'],
    [`${well}writable\n`, 'may write into WORKSPACE_DIR /w'],
    [`${well}readable /etc/token\n`, 'may read /etc/token'],
  ])('is judged (%j)', (found, problem) => {
    const judged = problemOf(found, user, '/w')

    if (problem === null) expect(judged).toBeNull()
    else expect(judged).toContain(problem)
  })
})

describe('the entry of a user', () => {
  const database = () => 'root:x:0:0:root:/root:/bin/bash\nagent:x:1001:1002:An agent:/home/agent:/bin/sh\nbroken\n'

  it.each(['agent', '1001'])('is found by name and by number (%s)', (named) => {
    expect(findUser(named, database)).toEqual({ name: 'agent', uid: 1001, gid: 1002, home: '/home/agent' })
  })

  it('is not needed for a number', () => {
    expect(findUser('4711', database)).toEqual({ name: '4711', uid: 4711, gid: 4711, home: null })
  })

  it('is needed for a name', () => {
    expect(() => findUser('nobody-here', database)).toThrow('has no such user')
  })
})

it.runIf(isRoot)('the folders of a job are closed to other users', async () => {
  const world = await anOpenWorld()
  const number = world.anIssue()
  const worker = await aProcess(world, `echo > '${world.out}/there'; sleep 600`, asUser)
  while (!(await exists(join(world.out, 'there')))) await new Promise((resolve) => setImmediate(resolve))

  const folder = join(world.workspace, REPOSITORY, `issue-${number}`)
  const facts = async (name: string) => {
    const { mode, uid } = await stat(join(folder, name))
    return [(mode & 0o777).toString(8), uid]
  }
  expect(await Promise.all(['.', 'origin.git', 'modules', 'tree', 'job'].map(facts))).toEqual([
    ['711', 0],
    ['700', 0],
    ['700', 0],
    ['700', UID],
    ['700', UID],
  ])
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toEqual({ code: 0, signal: null })
})
