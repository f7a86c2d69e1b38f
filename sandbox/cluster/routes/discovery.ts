/** What the cluster serves, as clients ask before anything else. */
import { Hono } from 'hono'
import { groupVersion, RESOURCES, type Resource, SERVICE_ACCOUNTS, verbsOf } from '../api/resources.ts'
import { refused } from '../http/status.ts'
import type { Env } from '../world.ts'

/** The version whose behaviour is stood in for. */
const MINOR = '36'

export function discoveryRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  for (const path of ['/healthz', '/livez', '/readyz']) app.get(path, (c) => c.text('ok'))
  app.get('/version', (c) =>
    c.json({
      major: '1',
      minor: MINOR,
      emulationMajor: '1',
      emulationMinor: MINOR,
      minCompatibilityMajor: '1',
      minCompatibilityMinor: String(Number(MINOR) - 1),
      gitVersion: `v1.${MINOR}.0`,
      gitCommit: '',
      gitTreeState: '',
      buildDate: '1970-01-01T00:00:00Z',
      goVersion: 'none',
      compiler: 'none',
      platform: 'linux/amd64',
    }),
  )
  app.get('/api', (c) => c.json({ kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }))
  app.get('/apis', (c) => c.json({ kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map(groupView) }))
  app.get('/apis/:group', (c) => {
    const group = groups().find((one) => one === c.req.param('group'))
    if (group === undefined) throw refused(404)
    return c.json({ kind: 'APIGroup', apiVersion: 'v1', ...groupView(group) })
  })
  app.get('/api/v1', (c) => c.json(resourceList('', 'v1')))
  app.get('/apis/:group/:version', (c) => c.json(resourceList(c.req.param('group'), c.req.param('version'))))
  return app
}

/** All but the core group. */
function groups(): string[] {
  return [...new Set(RESOURCES.map(({ group }) => group))].filter((group) => group !== '')
}

function groupView(name: string) {
  const version = { groupVersion: `${name}/v1`, version: 'v1' }
  return { name, versions: [version], preferredVersion: version }
}

function resourceList(group: string, version: string) {
  const resources = RESOURCES.filter((one) => one.group === group && one.version === version)
  const [first] = resources
  if (first === undefined) throw refused(404)
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion(first),
    resources: resources.flatMap(resourceViews),
  }
}

function resourceViews(resource: Resource) {
  const { plural, kind, namespaced, shortNames, categories, hasStatus } = resource
  const view = {
    name: plural,
    singularName: kind.toLowerCase(),
    namespaced,
    kind,
    verbs: verbsOf(resource),
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
  }
  const below = { singularName: '', namespaced }
  const token = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', verbs: ['create'] }
  return [
    view,
    ...(hasStatus ? [{ ...below, name: `${plural}/status`, kind, verbs: ['get', 'patch', 'update'] }] : []),
    ...(resource === SERVICE_ACCOUNTS ? [{ ...below, ...token, name: `${plural}/token` }] : []),
  ]
}
