/** The help of `coxswain`, made from the commands themselves. */
import { aligned } from '../show/table.ts'
import type { Command, Option } from './command.ts'

const FOOTER = [
  'Commands on the queue ask the Coxswain that COXSWAIN_URL names (or ORCHESTRATOR_URL), with COXSWAIN_TOKEN (or',
  'ORCHESTRATOR_TOKEN); without them the one that "npm start" runs here, found through dev.json in COXSWAIN_DATA_DIR',
  '(.local). Those on the store open the one that COXSWAIN_TABLE and DYNAMODB_ENDPOINT name, or the same one.',
  '',
  'Exit codes: 0 done, 1 failed, 2 not understood. "coxswain help <command>" shows options and an example.',
]

/** All commands, or those that begin with the word `topic`. */
export function overview(commands: readonly Command[], topic = ''): readonly string[] {
  const shown = topic === '' ? commands : commands.filter(({ name }) => name.split(' ')[0] === topic)
  const groups = [...new Set(shown.map(({ group }) => group))]
  const rows = new Map(shown.map((command) => [command, [`  ${shortUsage(command)}`, command.summary]]))
  const lines = aligned([...rows.values()])
  const lineOf = new Map([...rows.keys()].map((command, at) => [command, lines[at] ?? '']))
  return [
    'Usage: coxswain <command> [options]',
    ...groups.flatMap((group) => [
      '',
      `${group}:`,
      ...shown.flatMap((command) => (command.group === group ? [lineOf.get(command) ?? ''] : [])),
    ]),
    ...(topic === ''
      ? ['', ...FOOTER]
      : ['', `"coxswain help ${shown[0]?.name ?? topic}" shows options and an example.`]),
  ]
}

/** One command whole. */
export function helpOf(command: Command): readonly string[] {
  const { summary, options, notes = [], example } = command
  const rows = Object.entries(options).map(([name, option]) => [`  ${shownAs(name, option)}`, option.meaning])
  return [
    usageOf(command),
    '',
    `${summary}.`,
    ...(rows.length === 0 ? [] : ['', 'Options:', ...aligned(rows)]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
    'Example:',
    `  ${example}`,
  ]
}

/** The line that begins with `Usage:`. */
export function usageOf({ name, takes, options }: Command): string {
  const parts = Object.entries(options).map(([option, about]) => {
    const text = shownAs(option, about)
    return about.required ? text : `[${text}]${about.multiple ? '…' : ''}`
  })
  return ['Usage: coxswain', name, ...(takes === undefined ? [] : [takes.usage]), ...parts].join(' ')
}

function shortUsage({ name, takes }: Command): string {
  return takes === undefined ? name : `${name} ${takes.usage}`
}

function shownAs(name: string, { value }: Option): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`
}
