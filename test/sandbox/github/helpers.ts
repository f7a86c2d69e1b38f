/** A fresh stand-in per test, ended and swept away with it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Octokit } from '@octokit/rest'
import { onTestFinished } from 'vitest'
import { type StandInGitHub, type StandInOptions, startGitHub } from '#sandbox/github/server'
import { CONTROL_TOKEN, controlHeaders } from '#test/helpers/control'

export const ACME = 'acme/shop'
export const acme = { owner: 'acme', repo: 'shop' } as const

export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'github-stand-in-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A stand-in that knows the repository `acme/shop`. */
export async function aGitHub(options: Partial<StandInOptions> = {}): Promise<StandInGitHub> {
  const github = await startGitHub({
    ...{ port: 0, controlToken: CONTROL_TOKEN },
    ...{ dataDir: options.dataDir ?? (await aFolder()), ...options },
  })
  onTestFinished(() => github.close())
  await github.seed.repository(ACME)
  return github
}

/** Plain Octokit, quiet, that neither waits nor repeats. */
export function anOctokit(github: { url: string }, token?: string): Octokit {
  const silent = () => undefined
  const log = { debug: silent, info: silent, warn: silent, error: silent }
  return new Octokit({ baseUrl: github.url, log, ...(token !== undefined && { auth: token }) })
}

export function send(github: { url: string }, method: string, path: string, body?: unknown): Promise<Response> {
  const headers = controlHeaders(path)
  return fetch(`${github.url}${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
}
