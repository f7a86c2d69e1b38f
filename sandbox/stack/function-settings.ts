/** The variables that the functions and the gRPC server read, so that the stack refuses at once what they would refuse later. */
import { accessSync, constants } from 'node:fs'
import { grpcSettings } from '#grpc/settings'
import { agentSettings } from '#lib/agents/settings'
import { clusterConfig, clusterSettings } from '#lib/cluster/config'
import { type Environment, readConfig } from '#lib/config'
import { councilSettings } from '#lib/councils/settings'
import { AppError } from '#lib/errors'
import { eventSettings } from '#lib/events/settings'
import { hostSettings, hostsConfig } from '#lib/hosts/config'

const { GRPC_HOST: _host, ...grpc } = grpcSettings

/** For `readConfig`, under the variables that the stack reads itself. */
export const functionSettings = {
  ...grpc,
  ...agentSettings,
  ...councilSettings,
  ...clusterSettings,
  ...hostSettings,
  ...eventSettings,
} as const

/** Each names a file that is read when a function or the gRPC server starts. */
const FILES = ['AGENTS_FILE', 'COUNCIL_POLICY_FILE', 'WORKFLOW_DEFINITIONS'] as const

/** Throws AppError `invalid` where values that are right by themselves do not go together, or name a file that is not there. */
export function checkTogether(env: Environment, hasCluster: boolean): void {
  hostsConfig(readConfig(hostSettings, env))
  if (hasCluster) clusterConfig(readConfig(clusterSettings, env))
  const errors = FILES.flatMap((path) => {
    const file = env[path]?.trim() || undefined
    return file === undefined || isReadable(file) ? [] : [{ path, message: `names ${file}, which cannot be read` }]
  })
  if (errors.length === 0) return
  const list = errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new AppError('invalid', `The configuration is wrong. ${list}`, { errors })
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}
