/** docs/settings.md, from what the schemas say and what each variable means. */
import type { Variable, WorkerSetting } from './collect.ts'
import type { Group, Meaning } from './meanings.ts'

/** Longer defaults are described by their meaning. */
const SHOWN_MAX = 60

const HEAD = `# Settings

Every variable of the environment that Coxswain reads. One that is empty counts as unset. Everything that is wrong with a
configuration is named at once when a program starts, and no secret is quoted. This page is written by
\`npm run generate\`: defaults and rules come from the schemas that read the variables, so do not edit it.
Those of the worker program stand [at the end](#the-worker-program).
`

/** `worker` is the worker's own table: it runs on other machines and shares no variable with the rest. */
export function settingsPage(
  groups: readonly Group[],
  variables: ReadonlyMap<string, Variable>,
  worker: readonly WorkerSetting[],
): string {
  return `${HEAD}${groups.map((group) => section(group, variables)).join('')}${workerSection(worker)}`
}

const WORKER_HEAD = `
## The worker program

Read by \`coxswain-worker\`, wherever it runs; [the worker](worker.md) says more. Those with the names of others above mean its own.

`

function workerSection(settings: readonly WorkerSetting[]): string {
  const rows = settings.map(({ name, fallback, must, meaning, example }) => {
    const cells = [
      code(name),
      fallback === 'required' ? fallback : shown(fallback),
      prose(must),
      `${meaning}. E.g. ${code(example)}`,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return `${WORKER_HEAD}${[...TABLE, ...rows].join('\n')}\n`
}

const TABLE = ['| variable | default | must be | meaning |', '|---|---|---|---|']

function section({ title, intro, meanings }: Group, variables: ReadonlyMap<string, Variable>): string {
  const rows = Object.entries(meanings).map(([name, meaning]) => row(name, meaning, variables.get(name)))
  return `\n## ${title}\n\n${intro}\n\n${[...TABLE, ...rows].join('\n')}\n`
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
