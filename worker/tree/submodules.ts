/**
 * Submodules. Each is cloned into a mirror of its own with the token, if the token is for its host, and from there by path
 * into the command's clone.
 */
import { join as joinPath } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AppError } from '#lib/errors'
import type { Git } from '../git.ts'
import type { Place } from '../names.ts'
import { type Change, commitAt, inMirror, MODE, type Path, split } from './gits.ts'
import { listed, named } from './wording.ts'

/** Submodules of a repository, those of its submodules included. */
const MOST_SUBMODULES = 50

/** Submodules within submodules. */
const DEEPEST = 3

export interface SubmoduleOptions {
  /** Base of the remotes, e.g. `https://github.com`. */
  readonly url: string
  /** Hosts beside that one, e.g. `gitlab.example:8443`. */
  readonly hosts: readonly string[]
}

export interface Submodules {
  /** Mirror by path, for those of the repository itself. */
  readonly mirrors: ReadonlyMap<Path, string>
  /** What was not fetched, one sentence each. */
  readonly notes: readonly string[]
}

interface Module {
  readonly path: Path
  readonly commit: string
  readonly name: string
  readonly url: string
}

export type Source = { readonly kind: 'fetch'; readonly url: string } | { readonly kind: 'skip'; readonly why: string }

/**
 * Where a submodule is fetched from. Relative addresses are taken from the repository's own; SSH addresses of an allowed
 * host become https (http for a remote that is itself http, which configuration allows on loopback).
 */
export function sourceOf(declared: string, parent: string, { url, hosts }: SubmoduleOptions): Source {
  const base = new URL(url)
  const address = absolute(declared, parent)
  if (address === null) return { kind: 'skip', why: 'its address is none that can be fetched' }
  const isHome = address.host === base.host || (address.protocol === 'ssh:' && address.hostname === base.hostname)
  if (!isHome && !hosts.includes(address.host)) {
    return { kind: 'skip', why: `its host ${address.host} is not allowed (WORKER_SUBMODULE_HOSTS)` }
  }
  const origin = isHome ? base.origin : `https://${address.host}`
  return { kind: 'fetch', url: `${origin}${address.pathname}` }
}

function absolute(declared: string, parent: string): URL | null {
  if (/^\.\.?\//.test(declared)) return URL.parse(declared, `${parent.replace(/(?<!\/)\/+$/, '')}/`)
  const [, host, path] = /^(?:[\w.-]+@)?([\w.-]+):(?!\/)([^\0]+)$/.exec(declared) ?? []
  const address = URL.parse(host === undefined ? declared : `ssh://${host}/${path}`)
  return address !== null && ['https:', 'http:', 'ssh:'].includes(address.protocol) ? address : null
}

interface Parent {
  readonly mirror: Git
  /** The parent's clone. */
  readonly folder: string
  readonly remote: string
  readonly commit: string
  readonly depth: number
}

/** What one look at a repository's submodules shares. */
interface Session {
  readonly git: Git
  readonly place: Place
  readonly options: SubmoduleOptions
  readonly signal: AbortSignal
  readonly mirrors: Map<Path, string>
  readonly notes: string[]
  /** Mirrors begun so far. */
  count: number
}

/** Fetches the submodules of `commit` into the clone. A host that is not allowed, or refuses, costs that submodule alone. */
export async function updateSubmodules(
  git: Git,
  place: Place,
  { remote, commit, signal, ...options }: SubmoduleOptions & { remote: string; commit: string; signal: AbortSignal },
): Promise<Submodules> {
  const session: Session = { git, place, options, signal, mirrors: new Map(), notes: [], count: 0 }
  await updateAll(session, { mirror: inMirror(git, place), folder: place.tree, remote, commit, depth: 0 })
  return session
}

async function updateAll(session: Session, parent: Parent): Promise<void> {
  for (const module of await modulesOf(parent.mirror, parent.commit)) {
    const source = judge(session, module, parent)
    const why = source.kind === 'skip' ? source.why : await updateOne(session, { module, parent, url: source.url })
    if (why !== null) session.notes.push(`The submodule ${named(module.path)} was not fetched: ${why}.`)
  }
}

function judge({ options, count }: Session, module: Module, parent: Parent): Source {
  if (count >= MOST_SUBMODULES || parent.depth >= DEEPEST) return { kind: 'skip', why: 'there are too many of them' }
  return sourceOf(module.url, parent.remote, options)
}

interface Fetching {
  readonly module: Module
  readonly parent: Parent
  readonly url: string
}

/** Null when the submodule and those within it are in the clone, else why not. */
async function updateOne(session: Session, { module, parent, url }: Fetching): Promise<string | null> {
  const { git, place, signal } = session
  session.count += 1
  const path = joinPath(place.modules, `${session.count}.git`)
  const clone = git(['clone', '--quiet', '--bare', '--', url, path], { credentials: true, signal })
  const isThere = await clone.then(
    () => true,
    (error: unknown) => (isRefusal(error) ? false : Promise.reject(error)),
  )
  if (!isThere) return `${url} is not there for this worker's token`
  const mirror: Git = (args, call) => git([`--git-dir=${path}`, ...args], call)
  await pin(mirror, module.commit, signal)
  // As an address: a clone by path would share its files with the mirror.
  await git(['-C', parent.folder, 'config', `submodule.${asText(module.name)}.url`, pathToFileURL(path).href])
  const args = ['submodule', '--quiet', 'update', '--init', '--checkout', '--', asText(module.path)]
  const { code } = await git(['-C', parent.folder, ...args], { signal, answers: [1, 128] })
  if (code !== 0) return 'its commit is not in its repository'
  if (parent.depth === 0) session.mirrors.set(module.path, path)
  const folder = joinPath(parent.folder, asText(module.path))
  await updateAll(session, { mirror, folder, remote: url, commit: module.commit, depth: parent.depth + 1 })
  return null
}

/** Arguments are text; names that are no UTF-8 are found by no address here and cost their submodule alone. */
const asText = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8')

/** A commit that no branch leads to is fetched by its id and kept under a branch, so that a clone of the mirror has it. */
async function pin(mirror: Git, commit: string, signal: AbortSignal): Promise<void> {
  if ((await commitAt(mirror, commit)) !== null) return
  await mirror(['fetch', '--quiet', 'origin', commit], { credentials: true, signal, answers: [1, 128] })
  await mirror(['update-ref', 'refs/heads/coxswain-pinned', commit], { answers: [1, 128] })
}

/** What a host says of a repository that this token may not see, as opposed to trouble that may pass. */
function isRefusal(error: unknown): boolean {
  return (
    error instanceof AppError &&
    /not found|error: 40[134]|Authentication failed|could not read Username/i.test(error.message)
  )
}

/** The links of `commit` that its .gitmodules declares. */
async function modulesOf(mirror: Git, commit: string): Promise<Module[]> {
  const pattern = '^submodule\\..*\\.(path|url)$'
  const config = ['config', '--blob', `${commit}:.gitmodules`, '-z', '--get-regexp', pattern]
  const { code, stdout } = await mirror(config, { bytes: true, answers: [1, 128] })
  if (code !== 0) return []
  const declared = new Map<string, { path?: string; url?: string }>()
  for (const entry of split(stdout)) {
    const [key = '', value = ''] = splitOnce(entry, '\n')
    const name = key.slice('submodule.'.length, key.lastIndexOf('.'))
    const field = key.endsWith('.path') ? 'path' : 'url'
    declared.set(name, { ...declared.get(name), [field]: value })
  }
  const links = await linksOf(mirror, commit)
  return [...declared].flatMap(([name, { path = '', url = '' }]) => {
    const linked = links.get(path)
    return linked === undefined ? [] : [{ name, path, url, commit: linked }]
  })
}

async function linksOf(mirror: Git, commit: string): Promise<ReadonlyMap<Path, string>> {
  const { stdout } = await mirror(['ls-tree', '-r', '-z', commit], { bytes: true })
  const lines = split(stdout).filter((line) => line.startsWith(MODE.gitlink))
  return new Map(lines.map((line) => [splitOnce(line, '\t')[1], line.split(/[ \t]/)[2] ?? '']))
}

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + by.length)]
}

/** Throws AppError `invalid` when a submodule was moved to a commit that its own repository does not have. */
export async function refuseOwnCommits(git: Git, changes: readonly Change[], { mirrors }: Submodules): Promise<void> {
  const moved = changes.filter(({ oldMode, mode }) => oldMode === MODE.gitlink && mode === MODE.gitlink)
  const lost: Path[] = []
  for (const { path, blob } of moved) {
    const mirror = mirrors.get(path)
    if (mirror === undefined) continue
    const found = await commitAt((args, call) => git([`--git-dir=${mirror}`, ...args], call), blob)
    if (found === null) lost.push(path)
  }
  if (lost.length === 0) return
  const what = `The command committed inside the submodule ${listed(lost)}`
  throw new AppError('invalid', `${what}; commits of submodules are not pushed. Nothing was pushed.`)
}

/**
 * Links that a run changed without meaning to: of a submodule that was not fetched, into which the command cloned something;
 * and one that is gone with its empty folder, while .gitmodules still declares it.
 */
export function strayLinks(
  changes: readonly Change[],
  { mirrors, declared }: { mirrors: ReadonlyMap<Path, string>; declared: ReadonlySet<Path> },
): Change[] {
  return changes.filter(({ path, oldMode, mode, status }) => {
    if (oldMode !== MODE.gitlink) return false
    return status === 'D' ? declared.has(path) : mode === MODE.gitlink && !mirrors.has(path)
  })
}

/** Paths of the submodules in the .gitmodules of the index. */
export async function declaredSubmodules(tree: Git): Promise<ReadonlySet<Path>> {
  const args = ['config', '--blob', ':.gitmodules', '-z', '--get-regexp', '^submodule\\..*\\.path$']
  const { stdout } = await tree(args, { bytes: true, answers: [1, 128] })
  return new Set(split(stdout).map((line) => splitOnce(line, '\n')[1]))
}

/** Submodules with files that were changed and belong to no commit here. */
export async function dirtySubmodules(tree: Git): Promise<Path[]> {
  const { stdout } = await tree(['diff-files', '--raw', '-z', '--ignore-submodules=none'], { bytes: true })
  const fields = split(stdout)
  return fields.filter((_, at) => at % 2 === 1 && fields[at - 1]?.startsWith(`:${MODE.gitlink}`))
}
