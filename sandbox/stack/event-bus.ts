/** EventBridge: the bus that is configured, or the stand-in with the rules of serverless.yml. */
import { readFileSync } from 'node:fs'
import { rulesOf } from '../eventbridge/rules.ts'
import { startEventBridge } from '../eventbridge/server.ts'
import type { Part, StandInEntrance } from './part.ts'
import { freePort } from './ports.ts'

export interface EventBusPart extends Part {
  readonly isStandIn: boolean
  /** What the functions are to be told. */
  readonly env: Readonly<Record<string, string>>
}

export interface EventBusOptions {
  /** The variables that lead to a bus, perhaps none; undefined starts the stand-in. */
  readonly configured: Readonly<Record<string, string>> | undefined
  readonly preferred: number
  readonly entrance: StandInEntrance
}

const STAND_IN_BUS = 'coxswain'
const SERVICE_FILE = new URL('../../serverless.yml', import.meta.url)

export async function startEventBus({ configured, preferred, entrance }: EventBusOptions): Promise<EventBusPart> {
  if (configured !== undefined) {
    const name = Object.keys(configured).length === 0 ? 'no event bus' : 'event bus'
    return { name, isStandIn: false, env: configured, stop: async () => undefined }
  }
  const rules = rulesOf(readFileSync(SERVICE_FILE, 'utf8'))
  const standIn = await startEventBridge({ ...entrance, port: await freePort(preferred), rules })
  const env = { EVENT_BUS_NAME: STAND_IN_BUS, EVENTBRIDGE_ENDPOINT: standIn.url }
  return { name: 'EventBridge stand-in', url: standIn.url, isStandIn: true, env, stop: standIn.close }
}
