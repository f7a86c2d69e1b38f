/** How routes answer: one scene per call, lists cut into pages with their Link header. */
import type { Doing } from '../actions/doing.ts'
import { linkHeader, pageOf, parsePage } from '../http/paging.ts'
import type { PullScene } from '../views/pull.ts'
import { type Call, pathInRepository, type World } from '../world.ts'

/** The caller, in the repository of the path. */
export function doingOf(c: Call, world: World): Doing {
  return { world, repository: c.var.repository, user: c.var.user }
}

export function sceneOf(c: Call, world: World): PullScene {
  const { repository } = c.var
  const openIssues = world.store.issues(repository.id).filter((issue) => issue.state === 'open').length
  return { base: world.url(), store: world.store, repository, openIssues }
}

/** One page of the list. Links name the repository by its id, so that following them survives a renaming. */
export function answerPage<T>(c: Call, world: World, items: readonly T[], view: (item: T) => object): Response {
  const { searchParams, search } = new URL(c.req.url)
  const page = parsePage(searchParams)
  const url = new URL(`${world.url()}/repositories/${c.var.repository.id}${pathInRepository(c)}${search}`)
  const link = linkHeader(url, page, items.length)
  if (link !== undefined) c.header('link', link)
  return c.json(pageOf(items, page).map(view))
}
