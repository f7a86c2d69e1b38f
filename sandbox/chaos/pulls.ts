/** Branches for all issues in one push, and pull requests of them through the stand-in's API. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import * as z from 'zod'
import { AppError } from '#lib/errors'

const run = promisify(execFile)

export interface GitHubPlace {
  readonly url: string
  readonly token: string
  readonly repository: string
}

const pull = z.object({ html_url: z.string(), number: z.number(), head: z.object({ ref: z.string() }) })

export const branchOf = (number: number): string => `ai-feature/issue-${number}`

/** Pushes one branch with one commit for each issue; `folder` is a place for the clone. */
export async function pushBranches(place: GitHubPlace, numbers: readonly number[], folder: string): Promise<void> {
  const remote = `${place.url.replace('://', `://x:${place.token}@`)}/${place.repository}.git`
  await run('git', ['clone', '--quiet', '--bare', remote, folder])
  const importing = spawn('git', ['-C', folder, 'fast-import', '--quiet'], { stdio: ['pipe', 'ignore', 'inherit'] })
  importing.stdin.end(numbers.map(commitOf).join(''))
  const [code] = await once(importing, 'exit')
  if (code !== 0) throw new AppError('internal', 'git fast-import failed.')
  await run('git', ['-C', folder, 'push', '--quiet', remote, 'refs/heads/ai-feature/*'])
}

function commitOf(number: number): string {
  const text = `Work on issue ${number}\n`
  const data = `data ${Buffer.byteLength(text)}\n${text}`
  const who = 'committer Simulated Worker <worker@example.com> 1767225600 +0000'
  return `commit refs/heads/${branchOf(number)}\n${who}\n${data}from refs/heads/main^0\nM 100644 inline docs/issue-${number}.md\n${data}\n`
}

/** The address of the issue's pull request, opened unless it is there. */
export async function openOrFind(place: GitHubPlace, number: number): Promise<string> {
  const [owner] = place.repository.split('/')
  const body = JSON.stringify({ head: branchOf(number), base: 'main', title: `Issue ${number}` })
  const opened = await call(place, '', { method: 'POST', body })
  if (opened.status === 201) return pull.parse(await opened.json()).html_url
  await opened.arrayBuffer()
  const found = await call(place, `?state=all&head=${owner}:${branchOf(number)}`)
  const [first] = z.array(pull).parse(await found.json())
  if (first === undefined) throw new AppError('unavailable', `No pull request for issue ${number} (${opened.status}).`)
  return first.html_url
}

function call({ url, token, repository }: GitHubPlace, query: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return fetch(`${url}/repos/${repository}/pulls${query}`, { ...init, headers })
}
