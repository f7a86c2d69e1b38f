/** docs/settings.md, from what the schemas say and what each variable means. */
import type { Variable } from './collect.ts'
import type { Group, Meaning } from './meanings.ts'

/** Longer defaults are described by their meaning. */
const SHOWN_MAX = 60

const HEAD = `# Settings

Every variable of the environment that Coxswain reads. One that is empty counts as unset. Everything that is wrong with a
configuration is named at once when a program starts, and no secret is quoted. This page is written by
\`npm run generate\`: defaults and rules come from the schemas that read the variables, so do not edit it.
Those of the worker program stand on [its page](worker.md#settings).
`

export function settingsPage(groups: readonly Group[], variables: ReadonlyMap<string, Variable>): string {
  return `${HEAD}${groups.map((group) => section(group, variables)).join('')}`
}

function section({ title, intro, meanings }: Group, variables: ReadonlyMap<string, Variable>): string {
  const rows = Object.entries(meanings).map(([name, meaning]) => row(name, meaning, variables.get(name)))
  const head = ['| variable | default | must be | meaning |', '|---|---|---|---|']
  return `\n## ${title}\n\n${intro}\n\n${[...head, ...rows].join('\n')}\n`
}

function row(name: string, { meaning, example, secret }: Meaning, variable: Variable | undefined): string {
  const must = variable?.described.must ?? ''
  const cells = [
    code(name),
    variable === undefined ? '' : defaults(variable),
    prose(must),
    `${secret === true ? '**Secret.** ' : ''}${meaning}${example === undefined ? '' : ` E.g. ${code(example)}`}`,
  ]
  return `| ${cells.join(' | ')} |`
}

/** The default, and those of `npm start` and of a deployment where they differ. */
function defaults({ described, local, deployed = '' }: Variable): string {
  const own = described.isRequired ? 'required' : shown(described.fallback)
  const here =
    local !== undefined && local.fallback !== described.fallback ? `${shown(local.fallback) || 'none'} locally` : ''
  const there = deployed !== '' && deployed !== described.fallback ? `${shown(deployedText(deployed))} on AWS` : ''
  const differing = [here, there].filter((text) => text !== '')
  return (here !== '' && there !== '' ? differing : [own, ...differing]).filter((text) => text !== '').join('; ')
}

const shown = (text: string) => (text.length > SHOWN_MAX ? 'built in' : text === '' ? '' : code(text))

/** The framework's own variables as a person would write them. */
const deployedText = (text: string) =>
  text.replace(/\$\{self:service\}/, 'coxswain').replace(/\$\{sls:stage\}/, '<stage>')

const code = (text: string) => `\`${escaped(text)}\``

const escaped = (text: string) => text.replaceAll('|', '\\|')

/** Markdown takes what follows a bare `<` for a tag. */
const prose = (text: string) => escaped(text).replaceAll('<', '\\<')
