/** Reads a command line: which command is meant, and what it was given. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Command, Given } from './command.ts'
import { nearest, orNearest } from './nearest.ts'
import { UsageError } from './usage.ts'

export type Understood =
  | { readonly kind: 'version' }
  /** Of one command, of all that begin with a word, or of everything. */
  | { readonly kind: 'help'; readonly of: string }
  | { readonly kind: 'run'; readonly command: Command; readonly given: Given }

const HELP = new Set(['help', '--help', '-h'])
const VERSION = new Set(['version', '--version', '-v'])

/** Throws UsageError that names the nearest word where one is near. */
export function understand(commands: readonly Command[], argv: readonly string[]): Understood {
  const [first, ...rest] = argv
  if (first === undefined) throw new UsageError('Say what to do.')
  if (VERSION.has(first)) return { kind: 'version' }
  if (HELP.has(first)) return { kind: 'help', of: namedIn(commands, rest) }
  const options = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  if (options.includes('--help') || options.includes('-h')) return { kind: 'help', of: namedIn(commands, argv) }
  const command = commandOf(commands, argv)
  return { kind: 'run', command, given: parse(command, argv.slice(command.name.split(' ').length)) }
}

/** The command that the words begin with. */
function commandOf(commands: readonly Command[], words: readonly string[]): Command {
  const [first = '', second] = words
  const found =
    commands.find(({ name }) => name === `${first} ${second ?? ''}`) ?? commands.find(({ name }) => name === first)
  if (found !== undefined) return found
  const verbs = verbsOf(commands, first)
  if (verbs.length === 0) {
    const what = first.startsWith('-') ? 'option' : 'command'
    const known = what === 'option' ? ['--help', '--version'] : [...topicsOf(commands), 'help']
    throw new UsageError(`There is no ${what} "${first}"${orNearest(first, known)}`)
  }
  if (second === undefined || second.startsWith('-')) {
    throw new UsageError(`Say what to do: ${verbs.map((verb) => `"${first} ${verb}"`).join(', ')}.`, first)
  }
  throw new UsageError(
    `There is no command "${first} ${second}"${orNearest(second, verbs, (verb) => `${first} ${verb}`)}`,
    first,
  )
}

/** What help is asked of: as many of the words as name something. */
function namedIn(commands: readonly Command[], words: readonly string[]): string {
  const [first, second] = words
  if (first === undefined || first.startsWith('-')) return ''
  const both = `${first} ${second ?? ''}`
  if (commands.some(({ name }) => name === both)) return both
  if (commands.some(({ name }) => name === first) || verbsOf(commands, first).length > 0) return first
  throw new UsageError(`There is no command "${first}"${orNearest(first, topicsOf(commands))}`)
}

function topicsOf(commands: readonly Command[]): readonly string[] {
  return [...new Set(commands.map(({ name }) => name.split(' ')[0] ?? name))]
}

function verbsOf(commands: readonly Command[], topic: string): readonly string[] {
  return commands.flatMap(({ name }) => (name.startsWith(`${topic} `) ? [name.slice(topic.length + 1)] : []))
}

function parse(command: Command, args: readonly string[]): Given {
  try {
    return given(command, args)
  } catch (error) {
    if (error instanceof UsageError) error.command ??= command.name
    throw error
  }
}

function given({ name: words, options, takes }: Command, args: readonly string[]): Given {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: configOf(options),
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  for (const token of tokens) if (token.kind === 'option') check(words, options, token)
  const { min, max, otherwise } = takes ?? { min: 0, max: 0, otherwise: `${words} takes no arguments.` }
  if (positionals.length < min || positionals.length > max) {
    const extra = positionals.at(max)
    throw new UsageError(extra === undefined ? otherwise : `${otherwise} "${extra}" is one too many.`)
  }
  const texts = (name: string) => [values[name] ?? []].flat().filter((value) => typeof value === 'string')
  return { args: positionals, texts, text: (name) => texts(name).at(-1), isSet: (name) => values[name] === true }
}

function configOf(options: Command['options']): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { value, multiple = false }]) => [
      name,
      { type: value === undefined ? 'boolean' : 'string', multiple },
    ]),
  )
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function check(words: string, options: Command['options'], { name, rawName, value, inlineValue }: OptionToken): void {
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option === undefined) {
    const found = rawName.startsWith('--') ? nearest(name, Object.keys(options)) : undefined
    throw new UsageError(
      `${words} takes no option "${rawName}"${found === undefined ? '.' : `. Did you mean "--${found}"?`}`,
    )
  }
  if (option.value === undefined && value !== undefined) {
    throw new UsageError(`--${name} takes no value: it is a switch.`)
  }
  if (option.value === undefined) return
  if (value === undefined) throw new UsageError(`--${name} takes a value: ${option.value}.`)
  // `--body --label bug` forgot the body; who means it writes --body=--label.
  if (value.startsWith('--') && inlineValue !== true) {
    throw new UsageError(`--${name} takes a value, and "${value}" looks like an option. Write --${name}=${value}.`)
  }
}
