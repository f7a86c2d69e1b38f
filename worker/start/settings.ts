/** The table of the worker's settings: what each means, and an example. `--help` and docs/worker.md are made from it. */
import { schema } from '../config.ts'

export type SettingName = keyof typeof schema.shape

export interface Setting {
  readonly name: SettingName
  /** What is in force when it is unset; empty for nothing. */
  readonly fallback: string
  readonly meaning: string
  readonly example: string
}

type Text = readonly [meaning: string, example: string]

/** In the order in which a newcomer needs them. */
const TEXTS: Readonly<Record<SettingName, Text>> = {
  WORKER_ID: ['the name of this worker, which its token must be owned by; one for each worker', 'worker-1'],
  ORCHESTRATOR_URL: ['where the orchestrator listens', 'http://127.0.0.1:8000'],
  ORCHESTRATOR_TOKEN: ['a token with the scope `worker`; this or its file is required', 'cxw_…'],
  ORCHESTRATOR_TOKEN_FILE: ['the file that holds it, read at each call', '/run/secrets/orchestrator'],
  GITHUB_TOKEN: [
    'a token that may read and push the repositories and open pull requests; this or its file is required unless GitHub is a stand-in on this machine',
    'github_pat_…',
  ],
  GITHUB_TOKEN_FILE: ['the file that holds it, read at each use', '/run/secrets/github'],
  WORKER_COMMAND: ['what is run for each issue: a program and its arguments, without a shell', '/opt/agent.sh --fast'],
  WORKER_COMMAND_TIMEOUT: ['seconds after which the command is ended, and the attempt has failed', '1800'],
  WORKER_COMMAND_USER: [
    'the user that the command runs as, by name or number; needs a worker that runs as root, and a user for each worker',
    'coxagent',
  ],
  WORKER_PASS_ENV: [
    'variables that the command may see beside the few it always sees, separated by commas',
    'OPENAI_API_KEY',
  ],
  ANTHROPIC_API_KEY: ['given to the default command, and to others when WORKER_PASS_ENV names it', 'sk-ant-…'],
  ANTHROPIC_API_KEY_FILE: ['the file that holds it, read before each run', '/run/secrets/anthropic'],
  WORKSPACE_DIR: [
    'the folder for clones and for the journal; each worker a name of its own in it',
    '/var/lib/coxswain',
  ],
  WORKER_POLL_INTERVAL: ['seconds between two questions for work, at most', '5'],
  WORKER_MAX_JOBS: ['jobs after which the worker ends; 0 for no end', '1'],
  WORKER_IGNORE: ['files that are never committed: patterns as in .gitignore, separated by commas', '*.log,/tmp/'],
  WORKER_SUBMODULE_HOSTS: [
    "hosts that submodules may be fetched from, without the token, beside GitHub's",
    'gitlab.example,git.example:8443',
  ],
  GITHUB_API_URL: ["the address of GitHub's API", 'https://github.example/api/v3'],
  GIT_BASE_URL: ['where repositories are cloned from; unset: given by GITHUB_API_URL', 'https://github.example'],
  ALLOW_PRIVATE_URLS: ['hosts that may be spoken to without TLS, beside this machine', 'orchestrator:8000'],
  LOG_LEVEL: ['debug, info, warn or error', 'debug'],
}

/** Every setting, its default taken from the schema. */
export function settings(): readonly Setting[] {
  return (Object.keys(TEXTS) as SettingName[]).map((name) => {
    const [meaning, example] = TEXTS[name]
    return { name, fallback: fallbackOf(name), meaning, example }
  })
}

function fallbackOf(name: SettingName): string {
  const read = schema.shape[name].safeParse(undefined)
  if (!read.success) return 'required'
  const value: unknown = read.data
  return Array.isArray(value) ? value.join(',') : String(value ?? '')
}
