/** Writes the tables of docs/worker.md from the worker's code. Run after a change of its settings or of what a command gets. */
import { readFileSync, writeFileSync } from 'node:fs'
import { COMMAND_FILES, COMMAND_VARIABLES, type Entry, EXITS, OUTCOMES } from '#worker/start/command-contract'
import { settings } from '#worker/start/settings'

const page = new URL('../docs/worker.md', import.meta.url)

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), `|${'---|'.repeat(head.length)}`, ...rows.map(row)].join('\n')
}

const code = (text: string): string => (text === '' ? '' : `\`${text}\``)
const entries = (head: readonly string[], list: readonly Entry[]): string => table(head, list)

const TABLES: Readonly<Record<string, string>> = {
  settings: table(
    ['variable', 'default', 'meaning', 'example'],
    settings().map(({ name, fallback, meaning, example }) => [
      code(name),
      fallback === 'required' ? '**required**' : code(fallback),
      meaning,
      code(example),
    ]),
  ),
  variables: entries(['what', 'meaning'], COMMAND_VARIABLES),
  files: entries(['what', 'meaning'], COMMAND_FILES),
  outcomes: entries(['how it ends', 'what follows'], OUTCOMES),
  exits: entries(['code', 'meaning'], EXITS),
}

/** The page with each table between its two marks made anew. */
function filled(text: string): string {
  return Object.entries(TABLES).reduce((page, [name, table]) => {
    const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`]
    const [from, to] = [page.indexOf(begin) + begin.length, page.indexOf(end)]
    if (to < from) throw new Error(`docs/worker.md has no place for the table "${name}".`)
    return page.slice(0, from) + table + page.slice(to)
  }, text)
}

writeFileSync(page, filled(readFileSync(page, 'utf8')))
