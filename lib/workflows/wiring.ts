/** Workflows with their real parts. Imported by functions at module scope: one set of clients per container. */
import { readFileSync } from 'node:fs'
import { systemClock, systemSleep } from '#lib/clock'
import { readConfig, settings } from '#lib/config'
import { AppError } from '#lib/errors'
import { log } from '#lib/http/logger'
import { systemChance, systemIds } from '#lib/ids'
import { createClient } from '#lib/store/client'
import { createLocks } from '#lib/store/locks'
import { thePlace, theTable } from '#lib/store/wiring'
import { createWorkflowStore } from '#lib/store/workflows'
import { createConsultationStore } from '#lib/store/workflows-consultations'
import { createFeatureNumbers } from '#lib/store/workflows-counter'
import { createWorkflowCounts } from '#lib/store/workflows-counts'
import { createDefinitionStore } from '#lib/store/workflows-definitions'
import { createDispatchStore } from '#lib/store/workflows-dispatches'
import { createAgentHub, noAgentHub } from '#lib/upstream/agent-hub'
import { type AddressPolicy, checkedUrl, createGuardedFetch } from '#lib/upstream/guarded-fetch'
import { createDefinitions, readDefinitions } from './catalog.ts'
import type { CheckLock } from './check.ts'
import type { AgentHub } from './ports.ts'
import { createRuns } from './runs.ts'
import { createWorkflows } from './workflows.ts'

const config = readConfig({
  COXSWAIN_TABLE: settings.COXSWAIN_TABLE,
  DYNAMODB_ENDPOINT: settings.DYNAMODB_ENDPOINT,
  AGENT_HUB_URL: settings.AGENT_HUB_URL,
  ALLOW_PRIVATE_URLS: settings.ALLOW_PRIVATE_URLS,
  WORKFLOW_DEFINITIONS: settings.WORKFLOW_DEFINITIONS,
})

const client = createClient(thePlace())
const table = theTable()
const store = createWorkflowStore(table, ({ pk, sk }, error) =>
  log.error('unreadable item left alone', { pk, sk, error }),
)

const policy: AddressPolicy = { allowed: config.ALLOW_PRIVATE_URLS }
const own = config.WORKFLOW_DEFINITIONS === undefined ? [] : readDefinitions(fileOf(config.WORKFLOW_DEFINITIONS))

const workflowCounts = createWorkflowCounts(table)

export const workflows = createWorkflows({
  store,
  dispatches: createDispatchStore(table),
  consultations: createConsultationStore(table),
  definitions: createDefinitions(createDefinitionStore(table), own),
  hub: config.AGENT_HUB_URL === undefined ? noAgentHub() : hubAt(config.AGENT_HUB_URL),
  counts: workflowCounts.read,
  lock: checkLock(),
  clock: systemClock,
  sleep: systemSleep,
  ids: systemIds,
  chance: systemChance,
  warn: log.warn,
})

export const runs = createRuns({
  ...workflows,
  store,
  nextNumber: createFeatureNumbers({ client, name: config.COXSWAIN_TABLE }),
})

function checkLock(): CheckLock {
  const locks = createLocks(table)
  const name = 'workflows-check'
  return {
    acquire: (until) => locks.acquire(name, systemIds.uuid(), systemClock.now(), until),
    release: (token) => locks.release(name, token),
  }
}

function hubAt(url: string): AgentHub {
  const ports = { fetch: createGuardedFetch(policy), clock: systemClock, sleep: systemSleep, chance: systemChance }
  try {
    checkedUrl(url, policy)
    return createAgentHub(url, ports)
  } catch (cause) {
    const why = cause instanceof AppError ? cause.message : 'not an address'
    throw new AppError('invalid', `The configuration is wrong. AGENT_HUB_URL: ${why}`, { cause })
  }
}

function fileOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AppError('invalid', `The configuration is wrong. WORKFLOW_DEFINITIONS: cannot read ${path}`, { cause })
  }
}
