/** A person's git, with git-lfs as its installer sets it up; no configuration of this machine. */
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Tests of Git LFS need its own client. */
export const HAS_GIT_LFS = spawnSync('git-lfs', ['version']).status === 0

const SETTINGS = {
  'filter.lfs.clean': 'git-lfs clean -- %f',
  'filter.lfs.smudge': 'git-lfs smudge -- %f',
  'filter.lfs.process': 'git-lfs filter-process',
  'filter.lfs.required': 'true',
  'protocol.file.allow': 'always',
  'init.defaultBranch': 'main',
}

/** Runs `script` in `folder`; its standard output. The token is sent to `url` alone. */
export async function asPerson(
  folder: string,
  script: string,
  access?: { readonly url: string; readonly token: string },
): Promise<string> {
  const basic = access && Buffer.from(`x:${access.token}`).toString('base64')
  const settings: Record<string, string> = {
    ...SETTINGS,
    ...(access && { [`http.${access.url}/.extraHeader`]: `Authorization: Basic ${basic}` }),
  }
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@acme.example',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@acme.example',
    GIT_CONFIG_COUNT: String(Object.keys(settings).length),
  }
  for (const [index, [key, value]] of Object.entries(settings).entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  return (await run('sh', ['-ec', script], { cwd: folder, env })).stdout
}
