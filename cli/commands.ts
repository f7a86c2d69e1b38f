/** Every command of `coxswain`, as its help shows it. What runs it is loaded when it is asked for: a help starts at once. */
import type { Arguments, Command, Option } from './line/command.ts'

const QUEUE = 'Issues and workers'
const TOKENS = 'Tokens'
const LETTERS = 'What was set aside for good'

const json: Option = { meaning: 'as JSON, for scripts' }
const issue: Arguments = {
  usage: '<issue>',
  min: 1,
  max: 1,
  otherwise: 'Name one issue: 7, owner/repo#7 or its address.',
}
const repo: Option = { value: '<owner/repo>', meaning: 'the repository, where there are several' }
const kindAndId: Arguments = {
  usage: '<kind> <id>',
  min: 2,
  max: 2,
  otherwise: 'Name a kind and an id, as "redrive list" shows them.',
}
const KINDS = 'Kinds: records, events, schedules, debts.'

const queueCommands: readonly Command[] = [
  {
    name: 'issue add',
    group: QUEUE,
    summary: 'Writes an issue for AI workers on GitHub, and waits until it is queued',
    takes: { usage: '<title>', min: 1, max: 1, otherwise: 'Give the title as one argument, in quotes.' },
    options: {
      body: { value: '<text>', meaning: 'what is to be done' },
      'body-file': { value: '<file>', meaning: 'the same from a file, or from what is piped in with -' },
      label: { value: '<label>', multiple: true, meaning: 'a further label, e.g. priority:high' },
      repo,
      json,
    },
    notes: [
      'With "npm start" it is written to the GitHub that this Coxswain reads: its stand-in, or the configured one with',
      'GITHUB_TOKEN. With COXSWAIN_URL, GITHUB_TOKEN, GITHUB_API_URL and GITHUB_REPO name it. The label that asks for',
      'work (GITHUB_ISSUE_LABELS, ai-ready) is set by itself. The exit code is 1 when it is written but not queued.',
    ],
    example: 'npx coxswain issue add "Sort the list by name" --body "Case does not matter." --label priority:high',
    load: async () => (await import('./queue/issue-add.ts')).addIssue,
  },
  {
    name: 'status',
    group: QUEUE,
    summary: 'Says how Coxswain is, what is in the queue, and what asks for a person',
    options: { json },
    notes: ['The exit code is 1 when Coxswain is unhealthy: its store does not answer.'],
    example: 'npx coxswain status',
    load: async () => (await import('./queue/status.ts')).status,
  },
  {
    name: 'queue',
    group: QUEUE,
    summary: 'Lists the issues of the queue: what is worked on, what is next, what is finished',
    options: {
      state: { value: '<state>', meaning: 'only pending, in_progress, completed, failed or withdrawn' },
      repo: { value: '<owner/repo>', meaning: 'only those of one repository' },
      limit: { value: '<n>', meaning: 'at most so many, 50 unless said, up to 1000' },
      json,
    },
    example: 'npx coxswain queue --state failed --limit 10',
    load: async () => (await import('./queue/list.ts')).queue,
  },
  {
    name: 'workers',
    group: QUEUE,
    summary: 'Lists the workers that have called, and what each of them does',
    options: { limit: { value: '<n>', meaning: 'at most so many, 100 unless said, up to 1000' }, json },
    example: 'npx coxswain workers',
    load: async () => (await import('./queue/workers.ts')).workers,
  },
  {
    name: 'retry',
    group: QUEUE,
    summary: 'Has a finished issue done again, with fresh attempts',
    takes: issue,
    options: { repo, json },
    example: 'npx coxswain retry acme/shop#7',
    load: async () => (await import('./queue/act.ts')).retry,
  },
  {
    name: 'cancel',
    group: QUEUE,
    summary: 'Takes an issue out of the queue',
    takes: issue,
    options: { repo, json },
    example: 'npx coxswain cancel 7',
    load: async () => (await import('./queue/act.ts')).cancel,
  },
]

const tokenCommands: readonly Command[] = [
  {
    name: 'token create',
    group: TOKENS,
    summary: 'Makes a bearer token and shows it once',
    options: {
      scope: {
        value: '<scope>',
        multiple: true,
        required: true,
        meaning: 'what it may do: reader, worker, operator; several with commas',
      },
      owner: { value: '<name>', required: true, meaning: 'whose it is: the id of a worker, or a name' },
      expires: { value: '<time>', meaning: 'how long it is valid, e.g. 15m, 12h, 30d; for ever unless said' },
    },
    example: 'npx coxswain token create --scope worker --owner worker-1 --expires 90d',
    load: async () => (await import('./store/tokens.ts')).createToken,
  },
  {
    name: 'token list',
    group: TOKENS,
    summary: 'Lists the tokens, without their secrets',
    options: {},
    example: 'npx coxswain token list',
    load: async () => (await import('./store/tokens.ts')).listTokens,
  },
  {
    name: 'token revoke',
    group: TOKENS,
    summary: 'Makes a token invalid within five seconds',
    takes: { usage: '<id>', min: 1, max: 1, otherwise: 'Name one token to revoke, by its id.' },
    options: {},
    example: 'npx coxswain token revoke 8b50e0da386bcca0',
    load: async () => (await import('./store/tokens.ts')).revokeToken,
  },
]

const letterCommands: readonly Command[] = [
  {
    name: 'redrive list',
    group: LETTERS,
    summary: 'Lists what was set aside, of one kind or of all',
    takes: { usage: '[<kind>]', min: 0, max: 1, otherwise: 'redrive list takes one kind, or none for all of them.' },
    options: {},
    notes: [KINDS],
    example: 'npx coxswain redrive list',
    load: async () => (await import('./store/redrive.ts')).listLetters,
  },
  {
    name: 'redrive show',
    group: LETTERS,
    summary: 'Shows one of them whole, as JSON',
    takes: kindAndId,
    options: {},
    notes: [KINDS],
    example: 'npx coxswain redrive show debts acme/shop#1',
    load: async () => (await import('./store/redrive.ts')).showLetter,
  },
  {
    name: 'redrive run',
    group: LETTERS,
    summary: 'Has one repeated, or all of a kind',
    takes: { ...kindAndId, usage: '<kind> [<id>]', min: 0 },
    options: { all: { meaning: 'all of the kind, in the place of an id' } },
    notes: [KINDS],
    example: 'npx coxswain redrive run debts --all',
    load: async () => (await import('./store/redrive.ts')).runLetters,
  },
  {
    name: 'redrive drop',
    group: LETTERS,
    summary: 'Gives one up for good',
    takes: kindAndId,
    options: {},
    notes: [KINDS],
    example: 'npx coxswain redrive drop debts acme/shop#1',
    load: async () => (await import('./store/redrive.ts')).dropLetter,
  },
]

export const COMMANDS: readonly Command[] = [...queueCommands, ...tokenCommands, ...letterCommands]
