/** The messages and services on the wire, read from the proto files. */
import { fileURLToPath } from 'node:url'
import type { ServiceDefinition } from '@grpc/grpc-js'
import { loadSync, type MessageTypeDefinition, type Options, type PackageDefinition } from '@grpc/proto-loader'
import { protoPath as healthProto } from 'grpc-health-check'
import { asByProtoc } from './descriptors.ts'

const OPTIONS: Options = {
  includeDirs: [fileURLToPath(new URL('../proto', import.meta.url))],
  // Names as in the proto file: the service's own, and what reflection has to tell.
  keepCase: true,
  // Every 64-bit number here counts things or milliseconds: a double holds it.
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
}

export const SERVICE = 'orchestrator.v1.OrchestratorService'

const orchestrator = loadSync('orchestrator.proto', OPTIONS)
const errors = loadSync('google/rpc/details.proto', OPTIONS)

export const orchestratorService = orchestrator[SERVICE] as ServiceDefinition

/** What reflection tells of. */
export const reflected: PackageDefinition = asByProtoc({ ...orchestrator, ...loadSync(healthProto, OPTIONS) })

/** A message of google.rpc as bytes. */
export function encode(type: 'Status' | 'BadRequest' | 'RetryInfo', value: object): Buffer {
  return (errors[`google.rpc.${type}`] as MessageTypeDefinition<object, object>).serialize(value)
}
