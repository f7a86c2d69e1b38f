/** What serverless.yml must say of every function, whoever adds one. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { moduleOf, readService, type ServiceFunction } from '#scripts/service-file'

const { provider, functions, resources } = readService()
const all = Object.entries(functions)

/** Answered without a token: the health of the service, its documentation, and the answer to a path that is none. */
const OPEN_ROUTES = [
  'post /github/webhook',
  'get /health',
  'get /openapi.json',
  'get /docs',
  'get /redoc',
  'get /docs/assets/{file}',
  '*',
]

const routesOf = ({ events }: ServiceFunction) =>
  events.flatMap(({ httpApi }) => {
    if (httpApi === undefined) return []
    if (typeof httpApi === 'string') return [{ route: httpApi, authorizer: undefined }]
    return [{ route: `${httpApi.method} ${httpApi.path}`, authorizer: httpApi.authorizer?.name }]
  })
const onHttp = all.filter(([, fn]) => routesOf(fn).length > 0)
const onStream = all.filter(([, { events }]) => events.some(({ stream }) => stream !== undefined))
const onSchedule = all.filter(([, { events }]) => events.some(({ schedule }) => schedule !== undefined))

const sourceOf = (fn: ServiceFunction) =>
  readFileSync(new URL(`../../${moduleOf(fn)}`, import.meta.url), 'utf8').replace(/\s+/g, ' ')
const exportOf = ({ handler }: ServiceFunction) => handler.slice(handler.lastIndexOf('.') + 1)

const onEventsAlone = all.filter(([name, fn]) => name !== 'authorizer' && routesOf(fn).length === 0)

describe.each(onEventsAlone)('the function %s, which no route leads to', (_name, fn) => {
  it('runs for the events of its own source alone, also where others can call it', () => {
    expect(sourceOf(fn)).toMatch(/ = (?:scheduled|stream|batchStream)\(|requireSeal\(/)
  })
})

describe.each(onHttp)('the HTTP function %s', (_name, fn) => {
  it('is made by api(), which lets in nobody who is not known', () => {
    expect(sourceOf(fn)).toContain(`export const ${exportOf(fn)} = api(`)
  })

  it('has the authorizer on each of its routes, unless they are open', () => {
    const unguarded = routesOf(fn).filter(({ authorizer }) => authorizer !== 'token')
    expect(OPEN_ROUTES).toEqual(expect.arrayContaining(unguarded.map(({ route }) => route)))
  })

  it('is open in its code only where its route is', () => {
    const isOpen = sourceOf(fn).includes("scope: 'open'")
    expect(isOpen).toBe(routesOf(fn).every(({ route }) => OPEN_ROUTES.includes(route)))
  })
})

describe.each(all)('the function %s', (_name, { iamRoleStatements }) => {
  it('has a role of its own that names what it may do, and where', () => {
    expect(iamRoleStatements).toBeDefined()
    for (const { Effect, Action, Resource } of iamRoleStatements ?? []) {
      expect(Effect).toBe('Allow')
      expect(Action.filter((action) => action.includes('*'))).toEqual([])
      expect(Resource).not.toBe('*')
    }
  })
})

describe('no two routes', () => {
  it('are the same', () => {
    const routes = onHttp.flatMap(([, fn]) => routesOf(fn).map(({ route }) => route))
    expect(routes.toSorted()).toEqual([...new Set(routes)].toSorted())
  })
})

describe("GitHub's token", () => {
  it('is known to the functions that talk to GitHub, and to no other', () => {
    const holders = all.filter(([, { environment }]) => 'GITHUB_TOKEN' in environment).map(([name]) => name)
    const talkers = all.filter(([, fn]) => sourceOf(fn).includes("'#lib/github/wiring'")).map(([name]) => name)
    expect(holders.toSorted()).toEqual(talkers.toSorted())
    expect(provider.environment).not.toHaveProperty('GITHUB_TOKEN')
  })
})

describe.each(onStream)('the stream consumer %s', (_name, { events }) => {
  const [stream] = events.flatMap((event) => event.stream ?? [])

  it('sends what fails for good to the dead letters', () => {
    expect(stream?.destinations?.onFailure).toBeDefined()
  })

  it('reports which record failed', () => {
    expect(stream?.functionResponseType).toBe('ReportBatchItemFailures')
  })
})

describe.each(onSchedule)('the scheduled function %s', (_name, { destinations }) => {
  it('sends what fails for good to the dead letters', () => {
    expect(destinations?.onFailure).toBeDefined()
  })
})

describe('the alarms of the stream consumers', () => {
  const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)
  const { Resources } = resources
  const propertiesOf = (name: string) => Resources[name]?.Properties ?? {}

  it.each(onStream)('count what %s sets aside by its log line', (name) => {
    expect(propertiesOf(`${pascal(name)}SetAside`)).toMatchObject({
      FilterPattern: '{ $.level = "ERROR" && $.message = "record set aside" }',
      MetricTransformations: [{ MetricName: 'RecordsSetAside', MetricValue: '1' }],
    })
    const [{ MetricNamespace }] = propertiesOf(`${pascal(name)}SetAside`)['MetricTransformations'] as [
      { MetricNamespace: string },
    ]
    expect(propertiesOf('RecordsSetAsideAlarm')).toMatchObject({
      Namespace: MetricNamespace,
      MetricName: 'RecordsSetAside',
      Threshold: 0,
    })
  })

  it.each(onStream)('ring when %s is late', (name) => {
    expect(propertiesOf(`${pascal(name)}LateAlarm`)).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'IteratorAge',
      Dimensions: [{ Name: 'FunctionName', Value: `${pascal(name)}LambdaFunction` }],
    })
  })

  it('go where that of the dead letters goes', () => {
    const alarms = Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    const actions = alarms.map(([, { Properties }]) => Properties['AlarmActions'])
    expect(actions).toEqual(actions.map(() => propertiesOf('DeadLettersAlarm')['AlarmActions']))
  })
})

describe('the platform', () => {
  it('is Node 24 on arm64, with logs that end', () => {
    expect(provider).toMatchObject({ runtime: 'nodejs24.x', architecture: 'arm64' })
    expect(provider.logRetentionInDays).toBeLessThanOrEqual(30)
  })
})

describe('the table', () => {
  it('forgets what is over, streams old and new, and survives the stack', () => {
    expect(resources.Resources['Table']).toMatchObject({
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    })
  })
})
