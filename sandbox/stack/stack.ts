/** The local stack: every part in its order, and all of them stopped whatever happens. */
import { readFileSync } from 'node:fs'
import type { Environment } from '#lib/config'
import type { ClientOptions } from '#lib/store/client'
import { doorsEnv } from '../http/doors.ts'
import type { Child, Ground } from './child.ts'
import { closeFolder } from './closed-folder.ts'
import { startCouncils } from './councils.ts'
import { createCursors } from './cursors.ts'
import { createOnFailure } from './dead-letters.ts'
import { type DevFile, readDevFile, writeDevFile } from './dev-file.ts'
import { startDynamoDB } from './dynamodb.ts'
import { eventSourcesOf } from './event-source.ts'
import { startFront } from './front.ts'
import { functionEnv } from './function-env.ts'
import { type FunctionsPart, startFunctions } from './functions.ts'
import { remarksOnGitHub } from './github.ts'
import type { Lambda } from './lambda.ts'
import { type Lock, takeFolder } from './lock.ts'
import { startRotation } from './logs.ts'
import { startOutside } from './outside.ts'
import type { Part, Tell } from './part.ts'
import { freePort, portOf, requirePort } from './ports.ts'
import { startPump } from './pump.ts'
import { startSchedules } from './schedules.ts'
import { isLoopback, type StackSettings, urlOf } from './settings.ts'
import { createFollower, createStreamsClient } from './stream.ts'
import { startTable, type TablePart } from './table.ts'
import { standInTokens, startTokens } from './tokens.ts'

export interface Stack {
  /** Resolves when GET /health answers 200 and everything but the schedules runs. */
  start(): Promise<DevFile>
  /** Starts the schedules, each with a run at once. */
  begin(): void
  /** Ends everything, in whatever state it is; the data stays. */
  stop(): Promise<void>
  /** Rejects when a part ends by itself. */
  readonly death: Promise<never>
}

export interface StackPorts {
  readonly env: Environment
  readonly tell: Tell
}

const SERVICE_FILE = new URL('../../serverless.yml', import.meta.url)
/** What is owed to GitHub is paid this soon; on AWS it is every minute. */
const FLUSH_SECONDS = 2
/** What waits for a sink that was down is tried again this soon; on AWS every minute. */
const REDELIVER_SECONDS = 5
/** Runs of councils whose process died are carried on this soon; on AWS every minute. */
const RESUME_SECONDS = 10

export function createStack(settings: StackSettings, { env, tell }: StackPorts): Stack {
  const { promise: death, reject: onDeath } = Promise.withResolvers<never>()
  death.catch(() => undefined)
  const parts: Part[] = []
  const children: Child[] = []
  let lock: Lock | undefined
  let lambda: Lambda | undefined

  function add<P extends Part>(part: P): P {
    parts.push(part)
    tell(`✓ ${part.name}${part.url ? `  ${part.url}` : ''}`)
    return part
  }

  async function start(): Promise<DevFile> {
    closeFolder(settings.dataDir)
    lock = await takeFolder(settings.dataDir)
    const ground: Ground = { dataDir: settings.dataDir, env, lock, children, onDeath, tell }
    parts.push(startRotation(children))
    const port = await requirePort(settings.host, settings.port, 'ORCHESTRATOR_PORT')
    for (const remark of [...settings.remarks, ...remarksOnGitHub(settings)]) tell(`! ${remark}`)
    const earlier = readDevFile(settings.dataDir)
    const grpcPort = await portForGrpc(earlier)
    const { region, table: name } = settings

    const preferred = portOf(earlier?.dynamodb.endpoint)
    const store = add(await startDynamoDB({ configured: settings.dynamodb, preferred, doors: settings.doors }, ground))
    const place = { endpoint: store.url, accessKeyId: store.accessKeyId, region }
    const table = add(await startTable({ ...place, name }))
    const standIns = standInTokens(earlier?.stand_in_tokens)
    const ports = { tokens: standIns, orchestrator: urlOf(settings.host, port), add }
    const outside = await startOutside(settings, earlier, ports)
    const { tokens } = add(await startTokens(table.table, { asked: settings.tokens, earlier: earlier?.tokens }))
    const storeEnv = {
      AWS_REGION: region,
      DYNAMODB_ENDPOINT: store.url,
      DYNAMODB_ACCESS_KEY_ID: store.accessKeyId,
      COXSWAIN_TABLE: name,
    }
    const doors = doorsEnv(settings.doors, !isLoopback(settings.host))
    const served = { COXSWAIN_LOCAL: 'true', ...doors, ...storeEnv, ...outside.env, ...settings.councils }
    const grpc = add(await startCouncils({ host: settings.host, port: grpcPort, env: served }, ground))
    const functions = await startServing(port, served, ground)
    lambda = functions.lambda
    const service = readFileSync(SERVICE_FILE, 'utf8')
    add(startPump(eventSourcesOf(service), pumpPorts(table, place, functions.lambda)))

    const dev: DevFile = {
      url: urlOf(settings.host, port),
      grpc: grpc.address,
      tokens,
      dynamodb: { endpoint: store.url, table: name, access_key_id: store.accessKeyId },
      stand_ins: outside.standIns,
      stand_in_tokens: standIns,
      owner: lock.owner,
      functions: functionEnv(served, env, service),
    }
    writeDevFile(settings.dataDir, dev)
    return dev
  }

  /** Any free port is the one of the start before, if that is free. */
  function portForGrpc(earlier: DevFile | undefined): Promise<number> {
    const { host, grpcPort } = settings
    return grpcPort === 0 ? freePort(portOf(`http://${earlier?.grpc}`)) : requirePort(host, grpcPort, 'GRPC_PORT')
  }

  async function startServing(port: number, served: Record<string, string>, ground: Ground): Promise<FunctionsPart> {
    const { host } = settings
    if (isLoopback(host)) return add(await startFunctions({ host, port, env: served }, ground))
    tell(`! ${host} lets other machines in. They need a token, and nothing on the way is encrypted.`)
    const behind = await freePort()
    const functions = add(await startFunctions({ host: '127.0.0.1', port: behind, env: served }, ground))
    add(await startFront({ host, port, behind }))
    return functions
  }

  function pumpPorts({ streamArn }: TablePart, place: ClientOptions, target: Lambda) {
    const client = createStreamsClient(place)
    const follow = (from: Parameters<typeof createFollower>[2]) => createFollower(client, streamArn, from)
    const onFailure = createOnFailure({ lambda: target })
    return { lambda: target, cursors: createCursors(settings.dataDir), follow, tell, onFailure }
  }

  return {
    start,
    begin() {
      if (lambda === undefined) return
      parts.push(startSchedules(schedulesOf(settings), { lambda, tell }))
    },
    async stop() {
      for (const part of parts.toReversed()) await part.stop()
      await Promise.all(children.map((child) => child.stop()))
      lock?.release()
    },
    death,
  }
}

function schedulesOf(settings: StackSettings) {
  return [
    { name: 'githubPoll', everySeconds: settings.pollSeconds },
    { name: 'githubFlush', everySeconds: FLUSH_SECONDS },
    { name: 'eventsRedeliver', everySeconds: REDELIVER_SECONDS },
    { name: 'workflowsCheck', everySeconds: settings.gateCheckSeconds },
    ...(settings.hasProjects ? [{ name: 'projectsSweep', everySeconds: settings.sweepSeconds }] : []),
    { name: 'workersCheck', everySeconds: settings.workerCheckSeconds },
    { name: 'councilsResume', everySeconds: RESUME_SECONDS },
  ]
}
