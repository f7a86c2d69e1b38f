/**
 * File descriptors as protoc writes them. Those of proto-loader name the hidden type of a map after its field and refer to
 * types by half a name; clients that learn a service from reflection, grpcurl among them, refuse that.
 */
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader'

interface Field {
  readonly name: string
  readonly typeName?: string
  readonly jsonName?: string
}

interface Message {
  readonly name: string
  readonly field?: readonly Field[]
  readonly nestedType?: readonly Message[]
  readonly enumType?: readonly { readonly name: string }[]
  readonly options?: { readonly mapEntry?: boolean }
}

interface File {
  readonly package?: string
  readonly messageType?: readonly Message[]
  readonly enumType?: readonly { readonly name: string }[]
}

const PATH = 'google/protobuf/descriptor.proto'

/** The same definitions with every descriptor as protoc would have written it. */
export function asByProtoc(definitions: PackageDefinition): PackageDefinition {
  const type = loadSync(PATH)['google.protobuf.FileDescriptorProto']
  const { serialize, deserialize } = type as MessageTypeDefinition<File, File>
  const known = new Map<Buffer, Buffer>()
  const mended = (bytes: Buffer): Buffer => {
    const found = known.get(bytes) ?? serialize(mendFile(deserialize(bytes)))
    known.set(bytes, found)
    return found
  }
  return Object.fromEntries(
    Object.entries(definitions).map(([name, one]) =>
      // A service has none of its own: its methods' messages bring them.
      Array.isArray(one['fileDescriptorProtos'])
        ? [name, { ...one, fileDescriptorProtos: (one['fileDescriptorProtos'] as Buffer[]).map(mended) }]
        : [name, one],
    ),
  ) as PackageDefinition
}

function mendFile(file: File): File {
  const scope = file.package === undefined ? '' : `.${file.package}`
  const messages = file.messageType ?? []
  const named = new Set([...messages.flatMap((one) => namesIn(one, scope)), ...enumsIn(file, scope)])
  return { ...file, messageType: messages.map((message) => mend(message, scope, named)) }
}

function mend(message: Message, scope: string, named: ReadonlySet<string>): Message {
  const path = `${scope}.${message.name}`
  const nested = message.nestedType ?? []
  const maps = new Set(nested.filter(isMap).map(({ name }) => name))
  const ownerOf = new Map((message.field ?? []).map(({ name, typeName }) => [typeName, name]))
  return {
    ...message,
    field: (message.field ?? []).map((field) => {
      const { name, typeName } = field
      const plain = { ...field, jsonName: jsonNameOf(name) }
      if (typeName === undefined) return plain
      if (maps.has(typeName)) return { ...plain, typeName: `${path}.${entryOf(name)}` }
      return { ...plain, typeName: fullName(typeName, path, named) }
    }),
    nestedType: nested.map((one) =>
      mend(isMap(one) ? { ...one, name: entryOf(ownerOf.get(one.name) ?? one.name) } : one, path, named),
    ),
  }
}

/** What `name` means inside `scope`: the nearest of that name, looking outwards. */
function fullName(name: string, scope: string, named: ReadonlySet<string>): string {
  if (name.startsWith('.')) return name
  for (let around = scope; around !== ''; around = around.slice(0, around.lastIndexOf('.'))) {
    if (named.has(`${around}.${name}`)) return `${around}.${name}`
  }
  return `.${name}`
}

function namesIn(message: Message, scope: string): readonly string[] {
  const path = `${scope}.${message.name}`
  return [path, ...enumsIn(message, path), ...(message.nestedType ?? []).flatMap((one) => namesIn(one, path))]
}

function enumsIn({ enumType = [] }: Pick<Message, 'enumType'>, scope: string): readonly string[] {
  return enumType.map(({ name }) => `${scope}.${name}`)
}

const isMap = ({ options }: Message): boolean => options?.mapEntry === true
const jsonNameOf = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
/** The name that protoc gives to the entries of a map. */
const entryOf = (field: string): string => {
  const name = jsonNameOf(field)
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}Entry`
}
