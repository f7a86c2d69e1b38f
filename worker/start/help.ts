/** What `coxswain-worker --help` says: the settings, and what the command is given and may answer. */
import { COMMAND_FILES, COMMAND_VARIABLES, EXITS, OUTCOMES } from './command-contract.ts'
import { type Setting, settings } from './settings.ts'

const WIDTH = 80
const INDENT = 4

export function helpText(): string {
  return [
    'usage: coxswain-worker [--plain]',
    '',
    'Takes issues from the orchestrator, runs a command on each in a fresh clone,',
    'and brings back pull requests.',
    '',
    '  --plain     progress for people instead of JSON lines',
    '  --help      this text',
    '  --version   the version',
    '',
    'SETTINGS (environment variables)',
    '',
    ...settings().flatMap(settingLines),
    'WHAT THE COMMAND GETS: the clone as its working folder, and',
    '',
    ...COMMAND_VARIABLES.flatMap(entryLines),
    'WHAT IT MAY WRITE',
    '',
    ...COMMAND_FILES.flatMap(entryLines),
    'WHAT ITS END MEANS',
    '',
    ...OUTCOMES.flatMap(entryLines),
    'EXIT CODES OF THE WORKER',
    '',
    ...EXITS.flatMap(entryLines),
    'docs/worker.md says more, with a script that works and a unit for systemd.',
    '',
  ].join('\n')
}

function settingLines({ name, fallback, meaning, example }: Setting): string[] {
  const note = fallback === '' ? '' : fallback === 'required' ? ' (required)' : ` (default: ${fallback})`
  return [`  ${name}${note}`, ...wrapped(`${meaning}, e.g. ${example}`), '']
}

function entryLines([name, meaning]: readonly [string, string]): string[] {
  return [`  ${name}`, ...wrapped(meaning), '']
}

/** Lines of words, each indented; a word longer than a line has one to itself. */
function wrapped(text: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.replaceAll('`', '').split(' ')) {
    if (line !== '' && INDENT + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((each) => `${' '.repeat(INDENT)}${each}`)
}
