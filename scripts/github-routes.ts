/** The REST routes of GitHub that the stand-in serves, as GitHub's description would shape them. */
import { createApp } from '#sandbox/github/app'
import type { World } from '#sandbox/github/world'

export interface ServedRoute {
  readonly method: string
  /** Without the names of parameters, which differ: `/repos/{}/{}/issues`. */
  readonly shape: string
}

/** Routes under these paths are REST; the others are pages, git and the stand-in's own control. */
const REST = ['/repos/', '/app/', '/user', '/rate_limit']

/** Routes are laid out without a world; only a call needs one. */
export function servedRoutes(): ServedRoute[] {
  const routes = createApp({} as World).routes.filter(({ method, path }) => method !== 'ALL' && isRest(path))
  const served = routes.map(({ method, path }) => ({ method: method.toLowerCase(), shape: shapeOfServed(path) }))
  const known = new Map(served.map((route) => [`${route.method} ${route.shape}`, route]))
  return [...known.values()]
}

/** `/repos/{owner}/{repo}` of the description becomes `/repos/{}/{}`. */
export const shapeOfDescribed = (path: string): string =>
  path
    .split('/')
    .map((part) => (part.startsWith('{') ? '{}' : part))
    .join('/')

const shapeOfServed = (path: string): string =>
  path
    .split('/')
    .map((part) => (part.startsWith(':') ? '{}' : part))
    .join('/')

const isRest = (path: string): boolean => REST.some((start) => path.startsWith(start))
