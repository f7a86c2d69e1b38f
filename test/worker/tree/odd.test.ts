/** Repositories and runs that are out of the ordinary. */
import { describe, expect, it } from 'vitest'
import { aRemote, branch, work } from '#test/helpers/worker/checkout'

const COMMIT = 'git add -A; git commit -qm it'

/** Files on the branch after a run of `script`. */
async function pushed(script: string, files: Record<string, string> = { 'a.txt': 'a\n' }) {
  const remote = await aRemote({ files })
  const { result } = await remote.attempt(script)
  return { remote, result, files: await remote.filesOf(branch) }
}

describe('work of a command that left the branch', () => {
  it.each([
    ['detached HEAD, committed', `git checkout -q --detach; echo b > b.txt; ${COMMIT}`],
    ['detached HEAD, uncommitted', 'git checkout -q --detach; echo b > b.txt'],
    ['another branch, uncommitted', 'git checkout -q -b mine; echo b > b.txt'],
    ['another branch, committed', `git checkout -q -b mine; echo b > b.txt; ${COMMIT}`],
    ['another branch, and back', `git checkout -q -b mine; echo b > b.txt; ${COMMIT}; git checkout -q ${branch}`],
    ['its branch for the base', `echo b > b.txt; ${COMMIT}; git checkout -q trunk`],
    [
      'another worktree',
      `git worktree add -q .claude/worktrees/w -b mine; cd .claude/worktrees/w; echo b > b.txt; ${COMMIT}`,
    ],
  ])('is found: %s', async (_, script) => {
    const { files, remote } = await pushed(script)

    expect(files).toEqual(['a.txt', 'b.txt'])
    expect(await remote.inBare('for-each-ref', '--format=%(refname)')).toBe(`refs/heads/${branch}\nrefs/heads/trunk`)
  })

  it('on several branches is asked for, not guessed', async () => {
    const remote = await aRemote({ files: { 'a.txt': 'a\n' } })
    const one = (name: string) => `git checkout -q -b ${name} trunk; echo ${name} > ${name}.txt; ${COMMIT}`

    await expect(remote.attempt(`${one('one')}; ${one('two')}; git checkout -q ${branch}`)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('several branches ("one", "two")'),
    })
  })
})

describe('what a command makes beside commits', () => {
  it('stays on the machine: tags, stashes, notes', async () => {
    const { remote } = await pushed(`
      echo b > b.txt; git add -A; git commit -qm b; git tag v1; git tag -m x v2; git notes add -m x
      echo c > c.txt; git add -A; git stash -q; echo d > d.txt`)

    expect(await remote.inBare('for-each-ref', '--format=%(refname)')).toBe(`refs/heads/${branch}\nrefs/heads/trunk`)
  })
})

describe('files out of the ordinary', () => {
  it('are committed as they are: links, empty files, names with spaces, line breaks and quotes', async () => {
    const { files, remote } = await pushed(`
      ln -s /etc/passwd link; ln -s nowhere dangling; : > empty; mkdir -p 'a b'; echo 1 > 'a b/c"d'
      printf x > "$(printf 'two\\nlines')"; printf x > ':(top)magic'; printf x > '*.txt'; mkfifo pipe`)

    expect(files.toSorted()).toEqual(
      ['a.txt', 'a b/c"d', '*.txt', ':(top)magic', 'dangling', 'empty', 'link', 'two\nlines'].toSorted(),
    )
    expect(await remote.inBare('show', `${branch}:link`)).toBe('/etc/passwd')
  })

  it('may have names that are no UTF-8, and are named readably when left out', async () => {
    const { result, remote } = await pushed(`
      f=$(printf 'caf\\351'); printf x > "$f"; mkdir "$f.d"; printf x > "$f.d/.env"; printf x > 'grün.env'`)

    const { stdout } = await remote.git(
      [`--git-dir=${remote.folder}/remotes/acme/widgets.git`, 'ls-tree', '-r', '-z', '--name-only', branch],
      { bytes: true },
    )
    expect(stdout.split('\0')).toContain('caf\xe9')
    expect(result.notes).toEqual(['Left out: "caf\ufffd.d/.env".'])
  })

  it('may be large', async () => {
    const { remote } = await pushed('head -c 20000000 /dev/urandom > big.bin')

    expect(await remote.inBare('cat-file', '-s', `${branch}:big.bin`)).toBe('20000000')
  })

  it('may differ in letter case alone', async () => {
    const files = { 'README.md': 'one\n', 'readme.md': 'two\n' }
    const { remote } = await pushed('echo three > readme.md', files)

    expect(await remote.inBare('show', `${branch}:README.md`)).toBe('one')
    expect(await remote.inBare('show', `${branch}:readme.md`)).toBe('three')
  })

  it('may become links, folders or nothing', async () => {
    const files = { 'a.txt': 'a\n', 'b.txt': 'b\n', 'c/d.txt': 'd\n' }
    const { remote, files: left } = await pushed(
      'rm a.txt b.txt; rm -r c; mkdir a.txt; echo 1 > a.txt/x; ln -s a.txt c',
      files,
    )

    expect(left).toEqual(['a.txt/x', 'c'])
    expect(await remote.inBare('ls-tree', branch, 'c')).toMatch(/^120000/)
  })

  it('may be renamed with their line endings', async () => {
    const { remote } = await pushed('git mv w.txt v.txt; echo more >> v.txt', { 'w.txt': 'a\r\nb\r\n' })

    expect(await remote.inBare('cat-file', 'blob', `${branch}:v.txt`)).toBe('a\r\nb\r\nmore')
  })
})

describe('rules for line endings', () => {
  it.each([
    ['* text=auto eol=crlf\n', 'a\nb\n'],
    ['* text=auto\n', 'a\nb\n'],
    ['*.txt -text\n', 'a\r\nb\r\n'],
    ['*.txt text working-tree-encoding=UTF-16LE eol=crlf\n', 'a\nb\n'],
  ])('%j leave alone what the command did not touch', async (attributes, content) => {
    const { remote } = await pushed('git config core.autocrlf true; git config core.eol crlf; echo new > new.md', {
      '.gitattributes': attributes,
      'w.txt': content,
    })

    expect((await remote.inBare('diff-tree', '-r', '--name-only', 'trunk', branch)).split('\n')).toEqual(['new.md'])
  })
})

describe('a repository out of the ordinary', () => {
  it('with one commit and no file is worked on', async () => {
    const { files } = await pushed('echo a > a.txt', {})

    expect(files).toEqual(['a.txt'])
  })

  it('loses all its files when that is the work', async () => {
    const { files } = await pushed('git rm -rq .')

    expect(files).toEqual([])
  })

  it('may hold a broken .gitmodules and links without an entry', async () => {
    const remote = await aRemote({ files: { '.gitmodules': '[submodule "x"\nnonsense' } })
    const commit = await remote.inBare('rev-parse', 'trunk')
    const index = `--index-info`
    await remote.git([`--git-dir=${remote.folder}/remotes/acme/widgets.git`, 'update-index', index], {
      input: `160000 ${commit}\tlib\n`,
    })
    const tree = await remote.inBare('write-tree')
    await remote.inBare(
      'update-ref',
      'refs/heads/trunk',
      await remote.inBare('commit-tree', tree, '-p', 'trunk', '-m', 'x'),
    )

    await remote.attempt('echo b > b.txt')

    expect(await remote.filesOf(branch)).toEqual(['.gitmodules', 'b.txt', 'lib'])
  })

  it('may be in the middle of nothing: a clean run changes nothing', async () => {
    const { prepare, checkout, place } = await aRemote({ files: { 'a.txt': 'a\n' } })

    expect(await checkout.collect(work, place, await prepare())).toEqual({ changed: false, ahead: false, notes: [] })
  })
})
