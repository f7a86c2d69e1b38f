import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '#cli/commands'
import { nearest } from '#cli/line/nearest'
import { understand } from '#cli/line/parse'
import { UsageError } from '#cli/line/usage'
import { coxswain } from '#test/helpers/cli'

const WORDS = ['status', 'queue', 'workers', 'retry', 'cancel', 'token', 'redrive', 'issue']

/** What is said of a command line that is not understood. */
async function complaintOn(...argv: readonly string[]): Promise<string> {
  const { exitCode, lines, err } = await coxswain(argv)
  expect({ exitCode, lines }).toEqual({ exitCode: 2, lines: [] })
  expect(err).toContain('Usage: coxswain')
  return err
}

describe('a mistyped word', () => {
  it.each([
    ['stauts', 'status'],
    ['statsu', 'status'],
    ['worker', 'workers'],
    ['tok', 'token'],
    ['QUEUE', 'queue'],
    ['retyr', 'retry'],
  ])('%s means %s', (typed, meant) => {
    expect(nearest(typed, WORDS)).toBe(meant)
  })

  it.each([['frobnicate'], ['q'], [''], ['x'.repeat(100_000)]])('that is near to nothing means nothing', (typed) => {
    expect(nearest(typed, WORDS)).toBeUndefined()
  })

  it('is found with any one letter lost, doubled or swapped with its neighbour', () => {
    const place = fc.nat({ max: 20 })
    fc.assert(
      fc.property(fc.constantFrom(...WORDS), place, fc.constantFrom('lost', 'doubled', 'swapped'), (word, at, how) => {
        const i = at % (word.length - 1)
        const [a = '', b = ''] = [word[i], word[i + 1]]
        const middle = { lost: b, doubled: `${a}${a}${b}`, swapped: `${b}${a}` }[how]
        expect(nearest(`${word.slice(0, i)}${middle}${word.slice(i + 2)}`, WORDS)).toBe(word)
      }),
    )
  })
})

describe('a command line that is not understood', () => {
  it.each([
    [['stauts'], 'There is no command "stauts". Did you mean "status"?'],
    [['issue', 'ad', 'Title'], 'There is no command "issue ad". Did you mean "issue add"?'],
    [['issue'], 'Say what to do: "issue add".'],
    [['redrive', 'lst'], 'There is no command "redrive lst". Did you mean "redrive list"?'],
    [['--vresion'], 'There is no option "--vresion". Did you mean "--version"?'],
    [['help', 'queu'], 'There is no command "queu". Did you mean "queue"?'],
    [['queue', '--sate', 'failed'], 'queue takes no option "--sate". Did you mean "--state"?'],
    [['queue', '--colour'], 'queue takes no option "--colour".'],
    [['queue', '--limit'], '--limit takes a value: <n>.'],
    [['queue', '--json=yes'], '--json takes no value: it is a switch.'],
    [['queue', '--limit', '--json'], '--limit takes a value, and "--json" looks like an option. Write --limit=--json.'],
    [['queue', '--limit', '0'], '--limit takes a whole number from 1 to 1000.'],
    [['queue', '--limit', '1001'], '--limit takes a whole number from 1 to 1000.'],
    [['queue', '--state', 'penidng'], 'Did you mean "pending"?'],
    [['queue', '--repo', 'shop'], '--repo takes owner/repo, not "shop".'],
    [['queue', 'all'], 'queue takes no arguments. "all" is one too many.'],
    [['retry'], 'Name one issue: 7, owner/repo#7 or its address.'],
    [['cancel', '7', '8'], '"8" is one too many.'],
    [['retry', 'seven'], '"seven" names no issue: write 7, owner/repo#7 or the issue\'s address.'],
    [['issue', 'add', 'Two', 'words'], 'Give the title as one argument, in quotes. "words" is one too many.'],
    [['issue', 'add', ' '], 'The title is empty.'],
    [['issue', 'add', 'x'.repeat(257)], 'The title has more than 256 characters.'],
    [['issue', 'add', 'T', '--body', 'b', '--body-file', 'f'], 'Give --body or --body-file, not both.'],
  ])('%j is answered with what is wrong, how it is used, and exit code 2', async (argv, message) => {
    expect(await complaintOn(...argv)).toContain(`coxswain: ${message}`.replace(/^coxswain: (?=Did|")/, ''))
  })

  it('shows the usage of the command that was meant, and no other', async () => {
    const complaint = await complaintOn('queue', '--colour')
    expect(complaint).toContain('Usage: coxswain queue [--state <state>]')
    expect(complaint).not.toContain('token create')
  })

  it('is never answered with a fault of the program', () => {
    const word = fc.oneof(
      fc.constantFrom('queue', 'issue', 'add', '--limit', '--body', '--', '--json', '-h'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (argv) => {
        try {
          expect(['run', 'help', 'version']).toContain(understand(COMMANDS, argv).kind)
        } catch (error) {
          expect(error).toBeInstanceOf(UsageError)
        }
      }),
    )
  })
})

describe('the text of an option', () => {
  it('may begin with a dash, as a list of Markdown does', () => {
    const understood = understand(COMMANDS, ['issue', 'add', 'T', '--body', '- one\n- two', '--label=--odd'])
    expect(understood.kind === 'run' && understood.given.text('body')).toBe('- one\n- two')
    expect(understood.kind === 'run' && understood.given.texts('label')).toEqual(['--odd'])
  })

  it('ends with --, so that a title may begin with dashes', () => {
    const understood = understand(COMMANDS, ['issue', 'add', '--json', '--', '--help is wrong'])
    expect(understood.kind === 'run' && understood.given.args).toEqual(['--help is wrong'])
  })
})

describe('help', () => {
  it.each([[['help']], [['--help']], [['-h']]])('%j shows every command, and exits with 0', async (argv) => {
    const { exitCode, out } = await coxswain(argv)
    expect(exitCode).toBe(0)
    for (const { name, summary } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} .*${summary}$`, 'm'))
  })

  it.each(COMMANDS.map(({ name }) => [name]))('of %s names its options and one example', async (name) => {
    const command = COMMANDS.find((one) => one.name === name)
    const asked = await coxswain([...name.split(' '), '--help'])

    expect(await coxswain(['help', ...name.split(' ')])).toMatchObject({ exitCode: 0, lines: asked.lines })
    for (const option of Object.keys(command?.options ?? {})) expect(asked.out).toContain(`--${option}`)
    expect(asked.out).toMatch(new RegExp(`\nExample:\n  npx coxswain ${name}\\b[^\n]*$`))
  })

  it('of the first word of several commands shows those', async () => {
    const { out } = await coxswain(['token', '--help'])
    expect(out).toContain('token create')
    expect(out).not.toContain('redrive')
  })

  it('is understood by the command line that it gives as an example', () => {
    for (const { name, example } of COMMANDS) {
      const words = [...example.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')
      expect(understand(COMMANDS, words.slice(2))).toMatchObject({ kind: 'run', command: { name } })
    }
  })
})

describe('the version', () => {
  it.each([['--version'], ['-v'], ['version']])('is shown by %s', async (word) => {
    expect(await coxswain([word])).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^coxswain \d+\.\d+\.\d+$/),
    })
  })
})
