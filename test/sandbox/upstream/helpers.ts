/** A fresh stand-in per test, ended and swept away with it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type StandInOptions, type StandInUpstream, startUpstream } from '#sandbox/upstream/server'
import { aClock, type TestClock } from '#test/helpers/clock'
import { CONTROL_TOKEN, controlHeaders } from '#test/helpers/control'

export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'upstream-stand-in-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export type TestUpstream = StandInUpstream & { readonly clock: TestClock }

/** A stand-in with nothing in it, on Monday 5 January 2026. */
export async function aStandIn(options: Partial<StandInOptions> = {}): Promise<TestUpstream> {
  const clock = aClock()
  const upstream = await startUpstream({
    ...{ port: 0, clock, controlToken: CONTROL_TOKEN },
    ...{ dataDir: options.dataDir ?? (await aFolder()), ...options },
  })
  onTestFinished(() => upstream.close())
  return { ...upstream, clock }
}

export interface Said {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
  readonly body: any
}

export async function send(url: string, method = 'GET', body?: unknown): Promise<Said> {
  const text = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...controlHeaders(url) },
    ...text,
  })
  const said = await response.text()
  return { status: response.status, body: said === '' ? undefined : JSON.parse(said) }
}
