/** A first commit written as a `git fast-import` stream: no working tree, and the same commit id every time. */
import { type Instant, seconds } from '#lib/clock'

export interface InitialCommit {
  readonly author: string
  readonly at: Instant
  readonly message: string
  /** Text by path, e.g. `src/cart.ts`. */
  readonly files: Readonly<Record<string, string>>
}

export function fastImport(branch: string, commit: InitialCommit): string {
  const who = `${commit.author} <${commit.author}@users.noreply.github.com> ${Math.floor(commit.at / seconds(1))} +0000`
  const files = Object.entries(commit.files).map(
    ([path, text]) => `M 100644 inline ${JSON.stringify(path)}\n${data(text)}`,
  )
  return [
    `commit refs/heads/${branch}`,
    `author ${who}`,
    `committer ${who}`,
    data(commit.message),
    ...files,
    'done',
    '',
  ].join('\n')
}

/** git counts bytes, not characters. */
const data = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}`
