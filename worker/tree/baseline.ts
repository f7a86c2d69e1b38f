/**
 * The tree before the run. A checkout may differ from what was committed before anybody touched it: names that differ in
 * letter case alone on a file system that knows no case, or line endings that .gitattributes would have otherwise.
 */
import type { Git } from '../git.ts'
import { type Change, type Path, split } from './gits.ts'

export interface Baseline {
  /** The paths of `changes` whose file is still what it was when the run began; `tree` is whose calls may look at them now. */
  unchanged(tree: Git, changes: readonly Change[]): Promise<ReadonlySet<Path>>
}

/** Notes the files that differ from the commit right after the checkout; as a rule there are none. */
export async function takeBaseline(tree: Git): Promise<Baseline> {
  const args = ['diff-files', '--name-only', '-z', '--diff-filter=MTD', '--ignore-submodules=all']
  await tree(['update-index', '-q', '--refresh'], { answers: [1] })
  const paths = split((await tree(args, { bytes: true })).stdout)
  const before = new Map<Path, string>()
  // A name with a line break cannot be asked for by line; such a file counts as changed.
  for (const path of paths.filter((each) => !each.includes('\n'))) before.set(path, await contentHash(tree, path))
  return {
    async unchanged(now, changes) {
      const same = new Set<Path>()
      for (const { path } of changes) {
        const was = before.get(path)
        if (was !== undefined && was === (await contentHash(now, path))) same.add(path)
      }
      return same
    },
  }
}

/** Hash of the file as it lies on disk; empty when there is none. */
async function contentHash(tree: Git, path: Path): Promise<string> {
  const args = ['hash-object', '--no-filters', '--stdin-paths']
  const { code, stdout } = await tree(args, { input: `${path}\n`, bytes: true, answers: [128] })
  return code === 0 ? stdout.trim() : ''
}
