import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aRemote, branch, work } from '#test/helpers/worker/checkout'

/** What a run of `script` comes to: the refusal's sentence. */
async function refusalOf(script: string, files: Record<string, string> = { 'a.txt': 'a\n' }): Promise<string> {
  const remote = await aRemote({ files })
  const failure = await remote.attempt(script).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code: 'invalid' })
  expect(await remote.inBare('branch', '--list', branch)).toBe('')
  const { message } = failure as Error
  expect(message).not.toContain(remote.folder)
  return message
}

/** An ELF header of a core dump. */
const DUMP = `printf '\\177ELF\\2\\1\\1\\0\\0\\0\\0\\0\\0\\0\\0\\0\\4\\0more' >`

describe('files nobody meant to commit', () => {
  it('are left out: private settings, dependencies, core dumps, folders of agents', async () => {
    const { attempt, filesOf } = await aRemote({ files: { 'a.txt': 'a\n' } })

    const { result } = await attempt(`
      echo real > real.txt; mkdir -p core pkg/node_modules/x .claude/worktrees/w; echo 1 > core/code.c
      echo KEY=1 > .env; echo 1 > .env.local; echo KEY= > .env.example; echo 1 > pkg/node_modules/x/i.js
      echo 1 > pkg/.DS_Store; git init -q .claude/worktrees/w; ${DUMP} pkg/core.4711; echo text > pkg/core`)

    expect(await filesOf(branch)).toEqual(['.env.example', 'a.txt', 'core/code.c', 'pkg/core', 'real.txt'])
    const [note] = result.notes
    for (const name of ['.env', '.env.local', 'pkg/node_modules/', 'pkg/.DS_Store']) expect(note).toContain(`"${name}"`)
    expect(note).toMatch(/and 1 more\.$/)
  })

  it('are left out though the command committed them, and are in no commit that is pushed', async () => {
    const { attempt, filesOf, inBare } = await aRemote({ files: { 'a.txt': 'a\n' } })

    const { result } = await attempt(`
      echo real > real.txt; echo KEY=1 > .env; git add -A; git commit -qm all
      git rm -q --cached .env; echo KEY=2 > .env.prod; git add -f .env.prod; git commit -qm 'better not'`)

    expect(await filesOf(branch)).toEqual(['a.txt', 'real.txt'])
    expect(await inBare('log', '--format=', '--name-only', branch)).not.toContain('.env')
    expect(result.notes).toEqual(['Left out: ".env", ".env.prod".'])
  })

  it('are left out as links, too: dependencies that are installed elsewhere', async () => {
    const { attempt, filesOf } = await aRemote({ files: { 'a.txt': 'a\n' } })

    const { result } = await attempt(
      'ln -s /srv/node_modules node_modules; ln -s /srv/venv .venv; echo real > real.txt',
    )

    expect(await filesOf(branch)).toEqual(['a.txt', 'real.txt'])
    expect(result.notes).toEqual(['Left out: ".venv", "node_modules".'])
  })

  it('are the repository’s own where it has committed them', async () => {
    const files = { '.env': 'A=1\n', 'dist/node_modules/lib/index.js': '1\n' }
    const { attempt, filesOf, inBare } = await aRemote({ files })

    const { result } = await attempt(
      'echo A=2 > .env; echo 2 > dist/node_modules/lib/new.js; git add -A; git commit -qm x',
    )

    expect(await filesOf(branch)).toEqual(['.env', 'dist/node_modules/lib/index.js', 'dist/node_modules/lib/new.js'])
    expect(await inBare('show', `${branch}:.env`)).toBe('A=2')
    expect(result.notes).toEqual([])
  })

  it('can be added to by the operator', async () => {
    const { attempt, filesOf } = await aRemote({ ignore: ['*.log', '/tmp/'] })

    await attempt('mkdir -p a tmp; echo 1 > a/x.log; echo 1 > tmp/y; echo 1 > a/z')

    expect(await filesOf(branch)).toEqual(['a/z'])
  })

  it('that the repository ignores itself are no news', async () => {
    const { attempt } = await aRemote({ files: { '.gitignore': 'node_modules/\n.env\n' } })

    const { result } = await attempt('mkdir node_modules; echo 1 > node_modules/x; echo 1 > .env; echo 1 > real')

    expect(result.notes).toEqual([])
  })
})

describe('noise', () => {
  const files = { 'a.txt': 'one\ntwo\n', 'b.txt': 'one\ntwo\nthree\n', 'run.sh': '#!/bin/sh\n', 'w.bat': 'a\r\nb\r\n' }

  it('of line endings and modes is left out beside a real change', async () => {
    const { attempt, inBare } = await aRemote({ files })

    const { result } = await attempt(`
      sed -i 's/$/\\r/' a.txt b.txt; sed -i 's/two/2/' b.txt; chmod +x a.txt; sed -i 's/\\r//; s/b/B/' w.bat`)

    expect((await inBare('diff-tree', '-r', '--name-only', 'trunk', branch)).split('\n')).toEqual(['b.txt', 'w.bat'])
    expect(await inBare('cat-file', 'blob', `${branch}:b.txt`)).toBe('one\n2\nthree')
    expect(await inBare('cat-file', 'blob', `${branch}:w.bat`)).toBe('a\r\nB')
    expect(result.notes).toEqual(['Line endings and blanks at line ends left as they were in: "a.txt".'])
  })

  it('alone is no change, and is named', async () => {
    const { prepare, shell, checkout, place } = await aRemote({ files })
    const prepared = await prepare()
    await shell(`sed -i 's/$/\\r/' a.txt; chmod +x b.txt`)

    expect(await checkout.collect(work, place, prepared)).toEqual({
      changed: false,
      ahead: false,
      notes: [
        'Line endings and blanks at line ends left as they were in: "a.txt".',
        'File modes left as they were of: "b.txt".',
      ],
    })
  })

  it('is not: a script made runnable, and line endings that .gitattributes asks for', async () => {
    const { attempt, inBare } = await aRemote({ files })

    const { result } = await attempt(
      `chmod +x run.sh; echo '*.txt text eol=lf' > .gitattributes; sed -i 's/\\r//' w.bat`,
    )

    expect(result.notes).toEqual([])
    expect(await inBare('ls-tree', branch, 'run.sh')).toMatch(/^100755/)
    expect(await inBare('cat-file', 'blob', `${branch}:w.bat`)).toBe('a\nb')
  })

  it('that was there before the run is not the run’s', async () => {
    const { attempt, inBare } = await aRemote({ files: { '.gitattributes': '* text=auto\n', 'w.txt': 'a\r\nb\r\n' } })

    const { result } = await attempt('echo "# x" >> .gitattributes; echo real > real.txt')

    expect((await inBare('diff-tree', '-r', '--name-only', 'trunk', branch)).split('\n')).toEqual([
      '.gitattributes',
      'real.txt',
    ])
    expect(result.notes).toEqual([])
  })
})

describe('work left unfinished', () => {
  const diverge = `git checkout -q -b other; echo b > a.txt; git commit -qam b; git checkout -q ${branch}; echo c > a.txt; git commit -qam c`

  it('by a merge with conflicts names the files', async () => {
    expect(await refusalOf(`${diverge}; git merge -q other || true`)).toContain('merge conflicts in "a.txt"')
  })

  it('by a rebase is named as one', async () => {
    expect(await refusalOf(`${diverge}; git rebase -q other || true; git add a.txt`)).toContain('unfinished rebase')
  })

  it('with conflict markers that were committed names the files', async () => {
    expect(await refusalOf(`${diverge}; git merge -q other || true; git commit -qam done`)).toContain(
      'conflict markers in "a.txt"',
    )
  })

  it('by a resolved merge is finished', async () => {
    const { attempt, inBare } = await aRemote({ files: { 'a.txt': 'a\n' } })

    await attempt(`${diverge}; git merge -q other || true; echo both > a.txt; git add a.txt`)

    expect((await inBare('log', '-1', '--format=%P', branch)).split(' ')).toHaveLength(2)
    expect(await inBare('show', `${branch}:a.txt`)).toBe('both')
  })

  it('is not seen in headings, nor in files that are meant to show conflicts', async () => {
    const { attempt, filesOf } = await aRemote({ files: { 'old.md': '<<<<<<< a\n=======\n>>>>>>> b\n' } })

    await attempt(`
      printf 'Heading\\n=======\\n' > new.md; echo more >> old.md
      printf '<<<<<<< a\\n=======\\n>>>>>>> b\\n' > fixture; echo 'fixture conflict-marker-size=30' > .gitattributes`)

    expect(await filesOf(branch)).toContain('fixture')
  })
})

describe('a repository inside the repository', () => {
  it.each([
    ['without a commit', 'git init -q vendor/lib; echo 1 > vendor/lib/x'],
    ['with one', 'git init -q vendor/lib; cd vendor/lib; echo 1 > x; git add -A; git commit -qm x'],
  ])('%s is named', async (_, script) => {
    expect(await refusalOf(`mkdir vendor; ${script}`)).toContain('a Git repository of its own in "vendor/lib"')
  })

  it('that was committed as a link is named', async () => {
    const script =
      'git init -q lib; (cd lib; git commit -q --allow-empty -m x); git add lib 2>/dev/null; git commit -qm link'
    expect(await refusalOf(script)).toContain('the Git repository in "lib" as a link')
  })
})

describe('the .git folder', () => {
  it.each([
    ['removed', 'rm -rf .git'],
    ['made anew', 'rm -rf .git; git init -q; git add -A; git commit -qm new'],
    ['put elsewhere', 'mv .git /tmp/$$.git; echo "gitdir: /tmp/$$.git" > .git; rm -rf /tmp/$$.git'],
  ])('%s by the command is told in a sentence', async (_, script) => {
    expect(await refusalOf(script)).toContain('removed or replaced the .git folder')
  })

  it('broken by the command is told without a path of the machine', async () => {
    expect(await refusalOf('printf broken > .git/index')).toMatch(/clone that Git cannot work with: git .*index file/)
  })

  it.each(['index.lock', 'HEAD.lock', `refs/heads/${branch}.lock`])(
    'loses %s that a killed git left behind',
    async (lock) => {
      const { prepare, checkout, place, write } = await aRemote()
      const prepared = await prepare()
      await write('real.txt')
      await writeFile(join(place.tree, '.git', lock), '')

      expect(await checkout.collect(work, place, prepared)).toMatchObject({ changed: true })
    },
  )
})
