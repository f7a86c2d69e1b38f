/** Programs that started the worker, such as npx or a shell, keep what they were started with for as long as they run. Linux. */
import { readFileSync } from 'node:fs'

export interface Ancestor {
  readonly pid: number
  readonly name: string
}

/** A chain longer than this is no chain. */
const MOST = 32

/** A shorter one would be found by chance. */
const SHORTEST_SECRET = 6

/** Those above this process whose environment shows one of `secrets`; readable by every process of the same user. */
export function ancestorsThatShow(secrets: readonly string[], start: number = process.ppid): readonly Ancestor[] {
  const found: Ancestor[] = []
  let pid = start
  for (let count = 0; pid > 0 && count < MOST; count += 1) {
    const status = contentOf(pid, 'status')
    const environ = contentOf(pid, 'environ')
    const name = /^Name:\t(.*)$/m.exec(status)?.[1] ?? 'unknown'
    if (secrets.some((secret) => secret.length >= SHORTEST_SECRET && environ.includes(secret)))
      found.push({ pid, name })
    pid = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1] ?? 0)
  }
  return found
}

function contentOf(pid: number, file: 'status' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
