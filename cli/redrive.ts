/** `coxswain redrive …`: lists, shows, repeats and drops what was set aside for good, kind by kind. */
import { parseArgs } from 'node:util'
import { AppError } from '#lib/errors'
import type { DeadLetterKind } from './dead-letters.ts'
import { aligned } from './table.ts'
import { UsageError } from './usage.ts'

export interface RedrivePorts {
  /** By the word that names them on the command line. Opened after the command line was understood. */
  readonly kinds: () => Readonly<Record<string, DeadLetterKind>>
}

/** Letters listed, and repeated by one `--all`. */
const AT_ONCE = 1_000
/** Errors are cut in the list; `show` has them whole. */
const ERROR_CHARACTERS = 120

/** Runs one command; the lines it prints. */
export async function redriveCommand(
  [verb, ...args]: readonly string[],
  { kinds }: RedrivePorts,
): Promise<readonly string[]> {
  switch (verb) {
    case 'list':
      return list(kinds(), args)
    case 'show':
      return show(kinds(), args)
    case 'run':
      return run(kinds(), args)
    case 'drop':
      return drop(kinds(), args)
    default:
      throw new UsageError(verb === undefined ? 'Say what to redrive.' : `There is no command "redrive ${verb}".`)
  }
}

type Kinds = Readonly<Record<string, DeadLetterKind>>

async function list(kinds: Kinds, args: readonly string[]): Promise<readonly string[]> {
  const [only, ...more] = args
  if (more.length > 0) throw new UsageError('redrive list takes one kind, or none for all of them.')
  const wanted = only === undefined ? Object.entries(kinds) : [[only, kindOf(kinds, only)] as const]
  const found = await Promise.all(wanted.map(async ([name, kind]) => ({ name, ...(await kind.list(AT_ONCE)) })))
  const rows = found.flatMap(({ name, rows: some }) =>
    some.map((row) => [name, row.id, row.state, row.since, row.about, shortened(row.error)]),
  )
  if (rows.length === 0) return ['Nothing was set aside.']
  const rest = found.some(({ more: some }) => some) ? ['There are more; redrive or drop some of these first.'] : []
  return [...aligned([['KIND', 'ID', 'STATE', 'SINCE', 'ABOUT', 'ERROR'], ...rows]), ...rest]
}

async function show(kinds: Kinds, args: readonly string[]): Promise<readonly string[]> {
  const { kind, id } = oneOf(kinds, args)
  const found = await kind.show(id)
  if (found === undefined) throw gone(id)
  return [JSON.stringify(found, null, 2)]
}

async function run(kinds: Kinds, args: readonly string[]): Promise<readonly string[]> {
  const { values, positionals } = understand(args)
  if (values.all !== true) {
    const { kind, id } = oneOf(kinds, positionals)
    const said = await kind.redrive(id)
    if (said === undefined) throw gone(id)
    return [`${id}: ${said}`]
  }
  const [name, ...more] = positionals
  if (name === undefined || more.length > 0) throw new UsageError('redrive run --all takes one kind.')
  const kind = kindOf(kinds, name)
  const { rows } = await kind.list(AT_ONCE)
  const lines: string[] = []
  for (const { id } of rows) lines.push(`${id}: ${(await kind.redrive(id)) ?? 'is gone already.'}`)
  return lines.length === 0 ? ['Nothing was set aside.'] : lines
}

async function drop(kinds: Kinds, args: readonly string[]): Promise<readonly string[]> {
  const { kind, id } = oneOf(kinds, args)
  if (!(await kind.drop(id))) throw gone(id)
  return [`${id} is dropped. Nothing repeats it any more.`]
}

function understand(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { all: { type: 'boolean' } }, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function oneOf(kinds: Kinds, args: readonly string[]) {
  const [name, id, ...more] = args
  if (name === undefined || id === undefined || more.length > 0) {
    throw new UsageError('Name a kind and an id, as "redrive list" shows them.')
  }
  return { kind: kindOf(kinds, name), id }
}

function kindOf(kinds: Kinds, name: string): DeadLetterKind {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind === undefined)
    throw new UsageError(`There is no kind "${name}"; there are ${Object.keys(kinds).join(', ')}.`)
  return kind
}

function gone(id: string): AppError {
  return new AppError('not_found', `There is no dead letter ${id}. "coxswain redrive list" shows those there are.`)
}

/** On one line, whatever the error was. */
function shortened(error: string): string {
  const line = error.trim().replaceAll(/\s+/g, ' ')
  return line.length > ERROR_CHARACTERS ? `${line.slice(0, ERROR_CHARACTERS)}…` : line
}
