/** A client that knows nothing but the address: it learns the service from reflection, as grpcurl does. */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import {
  type CallOptions,
  type ChannelCredentials,
  type Client,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js'
import {
  loadFileDescriptorSetFromBuffer,
  loadSync,
  type MessageTypeDefinition,
  type PackageDefinition,
} from '@grpc/proto-loader'
import { protoPath as healthProto } from 'grpc-health-check'
import { contractDefinition } from './contract.ts'

export type ReflectionVersion = 'v1' | 'v1alpha'

/** What a call brought: the answer, or the error with its details read. */
export interface Reply {
  readonly answer: Record<string, unknown>
  readonly headers: Metadata
}

const SERVICE = 'orchestrator.v1.OrchestratorService'
const OPTIONS = { keepCase: true, longs: Number, enums: String, defaults: true, oneofs: true }
const PROTOS = join(dirname(createRequire(import.meta.url).resolve('@grpc/reflection/package.json')), 'build', 'proto')

const open = new Set<Client>()

/** Closes every client of the test. */
export function closeClients(): void {
  for (const client of open) client.close()
  open.clear()
}

interface Question {
  readonly list_services?: string
  readonly file_containing_symbol?: string
}

interface Answered {
  readonly list_services_response: { readonly service: readonly { readonly name: string }[] } | null
  readonly file_descriptor_response: { readonly file_descriptor_proto: readonly Buffer[] } | null
}

function clientOf(definition: PackageDefinition, name: string, address: string, secrets: ChannelCredentials) {
  const found = name
    .split('.')
    .reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], loadPackageDefinition(definition))
  const client = new (found as ServiceClientConstructor)(address, secrets)
  open.add(client)
  return client as Client & Record<string, CallableFunction>
}

async function reflect(
  question: Question,
  { address, secrets, version }: { address: string; secrets: ChannelCredentials; version: ReflectionVersion },
): Promise<Answered> {
  const definition = loadSync(`grpc/reflection/${version}/reflection.proto`, { ...OPTIONS, includeDirs: [PROTOS] })
  const client = clientOf(definition, `grpc.reflection.${version}.ServerReflection`, address, secrets)
  const stream = client['ServerReflectionInfo']!()
  return new Promise((resolve, reject) => {
    stream.on('data', (answer: Answered) => {
      stream.end()
      resolve(answer)
    })
    stream.on('error', reject)
    stream.write(question)
  })
}

export async function servicesOf(
  address: string,
  version: ReflectionVersion = 'v1',
  secrets = credentials.createInsecure(),
) {
  const { list_services_response } = await reflect({ list_services: '' }, { address, secrets, version })
  return list_services_response?.service.map(({ name }) => name) ?? []
}

/** The descriptors of the service's files, as the server hands them out. */
export async function filesOf(
  address: string,
  version: ReflectionVersion = 'v1',
  secrets = credentials.createInsecure(),
): Promise<readonly Buffer[]> {
  const answer = await reflect({ file_containing_symbol: SERVICE }, { address, secrets, version })
  return answer.file_descriptor_response?.file_descriptor_proto ?? []
}

/** The service as the server itself describes it. */
export async function definitionOf(
  address: string,
  version: ReflectionVersion = 'v1',
  secrets = credentials.createInsecure(),
): Promise<PackageDefinition> {
  const files = await filesOf(address, version, secrets)
  return loadFileDescriptorSetFromBuffer(Buffer.concat(files.flatMap(asFileOfSet)), OPTIONS)
}

/** A client of the published contract: generated from its layout, told nothing by the server. */
export function contractClient(address: string) {
  const client = clientOf(contractDefinition(OPTIONS), SERVICE, address, credentials.createInsecure())
  return (method: string, request: object) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      client[method]!(request, (error: ServiceError | null, answer: Record<string, unknown>) =>
        error === null ? resolve(answer) : reject(error),
      )
    })
}

/** FileDescriptorSet has one field: `repeated FileDescriptorProto file = 1`. */
function asFileOfSet(file: Buffer): readonly Buffer[] {
  const length: number[] = []
  for (let rest = file.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest)
    if (rest <= 127) return [Buffer.from([0x0a, ...length]), file]
  }
}

/** proto-loader reads a map out of a descriptor as a list of its entries; on the wire both are the same. */
const MAPS = new Set([
  'metadata',
  'custom_params',
  'details',
  'tags',
  'role_counts',
  'agents_per_role',
  'health_per_council',
])

type Members = Readonly<Record<string, unknown>>

function members(value: unknown, each: (name: string, member: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => members(one, each))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, members(each(name, member), each)]))
}

const toEntries = (request: object) =>
  members(request, (name, member) =>
    MAPS.has(name) && typeof member === 'object'
      ? Object.entries(member as Members).map(([key, value]) => ({ key, value }))
      : member,
  )

const toMaps = (answer: unknown) =>
  members(answer, (name, member) =>
    MAPS.has(name) && Array.isArray(member) ? Object.fromEntries(member.map(({ key, value }) => [key, value])) : member,
  ) as Record<string, unknown>

export interface CallSettings extends CallOptions {
  readonly metadata?: Readonly<Record<string, string>>
}

function metadataOf(values: Readonly<Record<string, string>> = {}): Metadata {
  const metadata = new Metadata()
  for (const [name, value] of Object.entries(values)) metadata.set(name, value)
  return metadata
}

/** Calls by name; rejects with gRPC's own error. */
export async function aClient(
  address: string,
  {
    version = 'v1',
    secrets = credentials.createInsecure(),
  }: {
    version?: ReflectionVersion
    secrets?: ChannelCredentials
  } = {},
) {
  const client = clientOf(await definitionOf(address, version, secrets), SERVICE, address, secrets)
  const begin = (method: string, request: object, settings: CallSettings = {}) => {
    const { metadata, ...options } = settings
    const { promise, resolve, reject } = Promise.withResolvers<Reply>()
    let headers = new Metadata()
    const call = client[method]!(
      toEntries(request),
      metadataOf(metadata),
      options,
      (error: ServiceError | null, answer: Reply['answer']) => {
        if (error === null) resolve({ answer: toMaps(answer), headers })
        else reject(Object.assign(error, { headers }))
      },
    )
    call.on('metadata', (sent: Metadata) => {
      headers = sent
    })
    promise.catch(() => undefined)
    return { reply: promise, cancel: () => call.cancel() }
  }
  return {
    begin,
    call: (method: string, request: object, settings?: CallSettings) => begin(method, request, settings).reply,
    /** Calls a streaming method; `told` gets each message. */
    stream(method: string, request: object, told: (message: Record<string, unknown>) => void = () => undefined) {
      const stream = client[method]!(toEntries(request), metadataOf())
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      stream.on('data', (message: unknown) => told(toMaps(message)))
      stream.on('end', resolve)
      stream.on('error', reject)
      promise.catch(() => undefined)
      return { over: promise, cancel: () => stream.cancel() }
    },
    /** A method that the proto file does not have. */
    unknown: (path: string) =>
      new Promise<ServiceError>((resolve) => {
        const plain = (value: Buffer) => value
        client.makeUnaryRequest(path, plain, plain, Buffer.alloc(0), (error) => resolve(error as ServiceError))
      }),
  }
}

export function healthClient(address: string, secrets = credentials.createInsecure()) {
  const client = clientOf(loadSync(healthProto, OPTIONS), 'grpc.health.v1.Health', address, secrets)
  return {
    check: (service = '') =>
      new Promise<string>((resolve, reject) =>
        client['Check']!({ service }, (error: ServiceError | null, answer: { status: string }) =>
          error === null ? resolve(answer.status) : reject(error),
        ),
      ),
    watch: (service = '') => client['Watch']!({ service }) as NodeJS.ReadableStream & { cancel(): void },
  }
}

const details = loadSync('google/rpc/details.proto', {
  ...OPTIONS,
  includeDirs: [new URL('../../../proto', import.meta.url).pathname],
})

/** What grpc-status-details-bin holds: each detail with its type's short name. */
export function detailsOf(error: ServiceError): readonly { readonly type: string; readonly value: unknown }[] {
  const [bytes] = error.metadata.get('grpc-status-details-bin')
  if (bytes === undefined) return []
  const read = (name: string, from: Buffer) =>
    (details[`google.rpc.${name}`] as MessageTypeDefinition<object, Record<string, unknown>>).deserialize(from)
  const status = read('Status', bytes as Buffer)
  return (status['details'] as { type_url: string; value: Buffer }[]).map(({ type_url, value }) => {
    const type = type_url.replace('type.googleapis.com/google.rpc.', '')
    return { type, value: read(type, value) }
  })
}
