import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { loadSync, type MessageTypeDefinition } from '@grpc/proto-loader'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { reflected } from '#grpc/proto'
import { entriesOf } from '#test/lib/councils/support/agents'
import { aWorld } from '#test/lib/councils/support/world'
import { contractClient, filesOf } from './support/client.ts'
import { type ContractField, contractDefinition, MESSAGES, METHODS, STATUSES } from './support/contract.ts'
import { aServer } from './support/server.ts'

const field = z.object({
  name: z.string(),
  number: z.number(),
  type: z.string(),
  label: z.string(),
  typeName: z.string().optional(),
  jsonName: z.string().optional(),
})
const message = z.object({
  name: z.string(),
  field: z.array(field).default([]),
  nestedType: z
    .array(
      z.object({
        name: z.string(),
        field: z.array(field),
        options: z.object({ mapEntry: z.boolean() }),
      }),
    )
    .default([]),
})
const file = z.object({
  name: z.string(),
  package: z.string(),
  syntax: z.string(),
  messageType: z.array(message),
  enumType: z.array(
    z.object({ name: z.string(), value: z.array(z.object({ name: z.string(), number: z.number().default(0) })) }),
  ),
  service: z.array(
    z.object({
      method: z.array(
        z.object({
          name: z.string(),
          inputType: z.string(),
          outputType: z.string(),
          serverStreaming: z.boolean().optional(),
        }),
      ),
    }),
  ),
})

/** A file descriptor, read. */
function read(bytes: Buffer) {
  const type = loadSync('google/protobuf/descriptor.proto', { enums: String })
  const { deserialize } = type['google.protobuf.FileDescriptorProto'] as MessageTypeDefinition<object, object>
  return file.parse(deserialize(bytes))
}

/** The descriptor that reflection serves, read back. */
function servedFile() {
  const { fileDescriptorProtos: [bytes] = [] } = reflected[
    'orchestrator.v1.DeliberateRequest'
  ] as MessageTypeDefinition<object, object>
  return read(bytes!)
}

type File = ReturnType<typeof read>
type Message = File['messageType'][number]

/** A field as the contract writes it. */
function written({ nestedType }: Message, one: Message['field'][number]): ContractField {
  const { name, number, label } = one
  const entry = nestedType.find((nested) => one.typeName?.endsWith(`.${nested.name}`))
  if (entry === undefined) return { number, name, type: typeOf(one), repeated: label === 'LABEL_REPEATED' }
  const [key, value] = entry.field
  return { number, name, type: `map<${typeOf(key!)},${typeOf(value!)}>`, repeated: false }
}

function typeOf({ type, typeName }: Message['field'][number]): string {
  return typeName?.replace('.orchestrator.v1.', '') ?? type.replace('TYPE_', '').toLowerCase()
}

const OPTIONS = { keepCase: true, longs: Number, enums: String, defaults: true }

describe.each([
  ['the proto file', async () => servedFile()],
  ['the running server, asked by reflection v1', () => runningFile('v1')],
  ['the running server, asked by reflection v1alpha', () => runningFile('v1alpha')],
])('orchestrator.v1 of %s', (_, fileOf) => {
  it('has every message, field, number, type and label of the contract, and nothing besides', async () => {
    const { messageType } = await fileOf()
    const found = messageType.map((one) => [one.name, one.field.map((each) => written(one, each))] as const)

    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(MESSAGES))
  })

  it('has the methods of the contract', async () => {
    const { service } = await fileOf()
    const found = service.flatMap(({ method }) =>
      method.map(({ name, inputType, outputType, serverStreaming }) => {
        const [input, output] = [inputType, outputType].map((type) => type.split('.').at(-1))
        return [name, [input, serverStreaming ? `stream ${output}` : output]]
      }),
    )

    expect(Object.fromEntries(found)).toEqual(METHODS)
  })

  it('knows the states of a deliberation by their numbers', async () => {
    const value = STATUSES.map((name, number) => ({ name, number }))

    expect((await fileOf()).enumType).toEqual([{ name: 'DeliberationStatus', value }])
  })
})

async function runningFile(version: 'v1' | 'v1alpha'): Promise<File> {
  const { address } = await aServer()
  const files = (await filesOf(address, version)).map(read)
  return files.find((one) => one.package === 'orchestrator.v1')!
}

describe('a client of the published contract', () => {
  it.each([...MESSAGES.keys()])('reads what the server writes of %s, every field set', (name) => {
    const type = `orchestrator.v1.${name}`
    const ours = orchestrator[type] as MessageTypeDefinition<object, object>
    const theirs = contract[type] as MessageTypeDefinition<object, object>
    const sample = sampleOf(name) as object

    expect(theirs.deserialize(ours.serialize(sample))).toEqual(sample)
    expect(ours.deserialize(theirs.serialize(sample))).toEqual(sample)
  })

  it('lists the councils with their agents', async () => {
    const { councils } = await aWorld({ entries: entriesOf('DEV', 2) })
    const { address } = await aServer({ script: councils })
    const call = contractClient(address)
    const capabilities = { supported_tasks: ['review'], model_profile: 'm', max_concurrent_tasks: 2, languages: ['ts'] }
    await call('RegisterAgent', { agent_id: 'ada', role: 'DEV', capabilities })

    const { councils: listed } = await call('ListCouncils', { role_filter: 'DEV', include_agents: true })

    expect(listed).toMatchObject([
      {
        council_id: 'council-dev',
        num_agents: 3,
        agents: [{}, {}, { agent_id: 'ada', status: 'ready', capabilities }],
      },
    ])
  })
})

const orchestrator = loadSync('orchestrator.proto', {
  ...OPTIONS,
  includeDirs: [fileURLToPath(new URL('../../proto', import.meta.url))],
})
const contract = contractDefinition(OPTIONS)

const SCALARS: Readonly<Record<string, unknown>> = { string: 'ö', int32: 7, int64: 2 ** 40, double: 0.5, bool: true }

/** A message with something in every field. */
function sampleOf(name: string): unknown {
  if (name in SCALARS) return SCALARS[name]
  if (name === 'DeliberationStatus') return 'DELIBERATION_STATUS_TIMEOUT'
  const map = /^map<string,(.*)>$/.exec(name)
  if (map !== null) return { key: sampleOf(map[1]!) }
  const fields = MESSAGES.get(name) ?? []
  return Object.fromEntries(
    fields.map((one) => [one.name, one.repeated ? [sampleOf(one.type), sampleOf(one.type)] : sampleOf(one.type)]),
  )
}

describe('the descriptor that reflection serves', () => {
  it('writes maps as protoc does: an entry type named after its field, by its full name', () => {
    const constraints = servedFile().messageType.find(({ name }) => name === 'TaskConstraints')

    expect(constraints?.nestedType).toMatchObject([{ name: 'MetadataEntry', options: { mapEntry: true } }])
    expect(constraints?.field.find(({ name }) => name === 'metadata')).toMatchObject({
      typeName: '.orchestrator.v1.TaskConstraints.MetadataEntry',
      label: 'LABEL_REPEATED',
    })
  })

  it('names every type in full and every field by its JSON name', () => {
    const fields = servedFile().messageType.flatMap((one) => one.field)

    expect(fields.filter(({ typeName }) => typeName !== undefined && !typeName.startsWith('.'))).toEqual([])
    expect(fields.find(({ name }) => name === 'task_description')).toMatchObject({ jsonName: 'taskDescription' })
  })

  it('is of the file that is in the repository', () => {
    const text = readFileSync(new URL('../../proto/orchestrator.proto', import.meta.url), 'utf8')

    expect(text).toContain('package orchestrator.v1;')
    expect(servedFile()).toMatchObject({ package: 'orchestrator.v1', syntax: 'proto3' })
  })
})
