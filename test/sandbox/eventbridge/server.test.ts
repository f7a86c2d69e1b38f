import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { describe, expect, it, onTestFinished } from 'vitest'
import { rulesOf } from '#sandbox/eventbridge/rules'
import { type StandInOptions, startEventBridge } from '#sandbox/eventbridge/server'
import { aClock } from '#test/helpers/clock'
import { CONTROL_TOKEN } from '#test/helpers/control'
import { send } from '#test/sandbox/upstream/helpers'

const ROOT = join(import.meta.dirname, '../../..')

async function aBridge(options: Partial<StandInOptions> = {}) {
  const bridge = await startEventBridge({ port: 0, clock: aClock(), controlToken: CONTROL_TOKEN, ...options })
  onTestFinished(() => bridge.close())
  return { ...bridge, client: aClient(bridge.url) }
}

/** The vendor's own client, which does not repeat. */
function aClient(endpoint: string): EventBridgeClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new EventBridgeClient({ endpoint, region: 'eu-central-1', credentials, maxAttempts: 1 })
  onTestFinished(() => client.destroy())
  return client
}

const put = (client: EventBridgeClient, ...Entries: PutEventsRequestEntry[]) =>
  client.send(new PutEventsCommand({ Entries }))

const anEntry = (more: Partial<PutEventsRequestEntry> = {}): PutEventsRequestEntry => ({
  EventBusName: 'coxswain-dev',
  Source: 'coxswain',
  DetailType: 'WORK_QUEUED',
  Detail: JSON.stringify({ event_id: 'issue:acme/shop#1:1', seq: 1 }),
  ...more,
})

describe('PutEvents', () => {
  it("takes events from the vendor's client and keeps them as their targets get them", async () => {
    const { client, events, url } = await aBridge()

    const answer = await put(client, anEntry({ Time: new Date('2026-01-05T08:00:00Z'), Resources: ['r'] }))

    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: events()[0]?.event.id }] })
    expect(events()).toEqual([
      {
        bus: 'coxswain-dev',
        rules: [],
        event: {
          version: '0',
          id: expect.any(String),
          'detail-type': 'WORK_QUEUED',
          source: 'coxswain',
          account: '000000000000',
          time: '2026-01-05T08:00:00Z',
          region: 'local',
          resources: ['r'],
          detail: { event_id: 'issue:acme/shop#1:1', seq: 1 },
        },
      },
    ])
    expect((await send(`${url}/_stand_in/events?detail_type=WORK_QUEUED`)).body.events).toEqual(events())
    expect((await send(`${url}/_stand_in/events?source=other`)).body.events).toEqual([])
  })

  it('keeps the last of them', async () => {
    const { client, events } = await aBridge({ keep: 3 })

    for (let at = 0; at < 5; at += 1) await put(client, anEntry({ DetailType: `TYPE_${at}` }))

    expect(events().map(({ event }) => event['detail-type'])).toEqual(['TYPE_2', 'TYPE_3', 'TYPE_4'])
  })

  it('refuses entries by themselves for what is wrong with them', async () => {
    const { client, events } = await aBridge()

    const { FailedEntryCount, Entries } = await put(
      client,
      anEntry(),
      anEntry({ Source: undefined }),
      anEntry({ Detail: 'no JSON' }),
      anEntry({ Detail: '[]' }),
      anEntry({ Source: 'aws.ec2' }),
    )

    expect(FailedEntryCount).toBe(4)
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'InvalidArgument',
      'MalformedDetail',
      'MalformedDetail',
      'NotAuthorizedForSourceException',
    ])
    expect(events()).toHaveLength(1)
  })

  it('refuses a call that is too long or too large', async () => {
    const { client } = await aBridge()

    await expect(put(client, ...Array.from({ length: 11 }, () => anEntry()))).rejects.toThrow('between 1 and 10')
    const large = JSON.stringify({ text: 'x'.repeat(256 * 1024) })
    await expect(put(client, anEntry({ Detail: large }))).rejects.toMatchObject({ name: 'ValidationException' })
  })

  it('knows no other operation', async () => {
    const { url } = await aBridge()

    const answer = await fetch(url, { method: 'POST', headers: { 'x-amz-target': 'AWSEvents.ListRules' }, body: '{}' })

    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ __type: 'UnknownOperationException' })
  })
})

describe('a failure on order', () => {
  it('refuses some entries of a call that succeeds', async () => {
    const { client, events, refuse, stats } = await aBridge()
    refuse({ entries: 2, code: 'ThrottlingException' })

    const first = await put(client, anEntry(), anEntry(), anEntry({ DetailType: 'THIRD' }))
    const second = await put(client, anEntry(), anEntry())

    expect(first.FailedEntryCount).toBe(2)
    expect(first.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      'ThrottlingException',
      'ThrottlingException',
      undefined,
    ])
    expect(second.FailedEntryCount).toBe(0)
    expect(events().map(({ event }) => event['detail-type'])).toEqual(['THIRD', 'WORK_QUEUED', 'WORK_QUEUED'])
    expect(stats()).toEqual({ calls: 2, entries: 5, failed_entries: 2 })
  })

  it('fails the whole call, before or after its work', async () => {
    const { client, events, fail } = await aBridge()

    fail({ status: 500 })
    await expect(put(client, anEntry())).rejects.toMatchObject({ name: 'InternalException' })
    fail({ down: true })
    await expect(put(client, anEntry())).rejects.toThrow()
    expect(events()).toEqual([])
    fail({ dropReply: true })
    await expect(put(client, anEntry())).rejects.toThrow()
    expect(events()).toHaveLength(1)
  })

  it('is ordered over HTTP as well', async () => {
    const { client, url } = await aBridge()
    await send(`${url}/_stand_in/refusals`, 'POST', { entries: 1, times: 5 })
    expect((await put(client, anEntry())).FailedEntryCount).toBe(1)
    await send(`${url}/_stand_in/faults`, 'DELETE')
    expect((await put(client, anEntry())).FailedEntryCount).toBe(0)
    await send(`${url}/_stand_in/faults`, 'POST', { status: 503 })

    await expect(put(client, anEntry())).rejects.toThrow()

    await send(`${url}/_stand_in/events`, 'DELETE')
    expect((await send(`${url}/_stand_in/events`)).body).toEqual({ events: [] })
    expect((await send(`${url}/_stand_in/refusals`, 'POST', { entries: 0 })).status).toBe(400)
  })
})

describe('rules', () => {
  const yaml = `
functions:
  notify:
    handler: functions/notify.handler
    events:
      - httpApi: '*'
      - eventBridge:
          eventBus: !Ref Bus
          pattern: { source: [coxswain], detail-type: [{ prefix: WORK_ }] }
resources:
  Resources:
    Bus: { Type: AWS::Events::EventBus }
    Alarms:
      Type: AWS::Events::Rule
      Properties:
        EventBusName: !Ref Bus
        EventPattern: { detail-type: [{ anything-but: [WORK_QUEUED] }] }
        Targets: [{ Id: alarms, Arn: !GetAtt Topic.Arn }]
`

  it('are read from functions and resources, and tell what they matched', async () => {
    const matched: string[] = []
    const { client, events, url } = await aBridge({
      rules: rulesOf(yaml),
      onMatch: (rule, event) => matched.push(`${rule.targets.join()} ${event['detail-type']}`),
    })
    await send(`${url}/_stand_in/rules`, 'POST', { name: 'first', pattern: { detail: { seq: [1] } } })

    await put(
      client,
      anEntry(),
      anEntry({ DetailType: 'WORK_FAILED', Detail: '{"seq":2}' }),
      anEntry({ Source: 'other' }),
    )

    expect(events().map(({ rules }) => rules)).toEqual([['notify-2', 'first'], ['notify-2', 'Alarms'], ['first']])
    expect(matched).toEqual([
      'notify WORK_QUEUED',
      ' WORK_QUEUED',
      'notify WORK_FAILED',
      'alarms WORK_FAILED',
      ' WORK_QUEUED',
    ])
    expect((await send(`${url}/_stand_in/rules`)).body.rules).toHaveLength(3)
  })

  it('that EventBridge would not take are named', async () => {
    const { url } = await aBridge()

    expect(() => rulesOf(yaml.replace('prefix', 'starts'))).toThrow('The pattern of the rule notify-2 is wrong')
    expect((await send(`${url}/_stand_in/rules`, 'POST', { name: 'x', pattern: { source: 'y' } })).status).toBe(422)
  })

  it('of this service can be read', () => {
    expect(() => rulesOf(readFileSync(join(ROOT, 'serverless.yml'), 'utf8'))).not.toThrow()
  })
})

describe('the program', () => {
  it('says where it is and ends on SIGTERM', async () => {
    const args = ['--port', '0', '--rules', join(ROOT, 'serverless.yml')]
    const child = spawn(process.execPath, [join(ROOT, 'sandbox/eventbridge/main.ts'), ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
    const url = /^eventbridge stand-in ready (\S+)\n$/.exec(line)?.[1] ?? ''

    expect((await put(aClient(url), anEntry())).FailedEntryCount).toBe(0)
    child.kill('SIGTERM')

    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
