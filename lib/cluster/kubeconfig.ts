/** Kubeconfig files, with what the client passes over: tokens in files, and files that are not there. */
import { readFileSync } from 'node:fs'
import { delimiter, dirname, resolve } from 'node:path'
import type { KubeConfig } from '@kubernetes/client-node'
import * as z from 'zod/mini'
import { AppError } from '#lib/errors'

const content = z.object({
  users: z._default(
    z.array(z.object({ name: z.string(), user: z.nullish(z.object({ tokenFile: z.optional(z.string()) })) })),
    [],
  ),
})

/** The parts of the client that read files; handed in, because the client is loaded when it is first needed. */
export type FileReader = Pick<typeof import('@kubernetes/client-node'), 'KubeConfig' | 'loadYaml'>

/** Loads the files of KUBECONFIG, the first of which chooses. Throws `invalid` naming the file that is missing or wrong. */
export function loadKubeconfig(kubeConfig: KubeConfig, path: string, client: FileReader): void {
  const [first = path, ...others] = filesOf(path)
  load(kubeConfig, first, client)
  for (const other of others) {
    const more = new client.KubeConfig()
    load(more, other, client)
    kubeConfig.mergeConfig(more, true)
  }
  const cluster = kubeConfig.getCurrentCluster()
  const user = kubeConfig.getCurrentUser()
  if (cluster === null) throw wrong(path, 'its current context names no cluster')
  for (const file of [cluster.caFile, user?.certFile, user?.keyFile]) if (file) read(file)
}

/** Where the current user's token is kept; undefined when it is in no file. */
export function tokenFileOf(kubeConfig: KubeConfig, path: string | undefined, client: FileReader): string | undefined {
  const user = kubeConfig.getCurrentUser()
  const provided: unknown = user?.authProvider?.config?.['tokenFile']
  if (typeof provided === 'string') return provided
  if (path === undefined || user === null) return undefined
  for (const file of filesOf(path)) {
    const { users } = contentOf(file, client)
    const tokenFile = users.find(({ name }) => name === user.name)?.user?.tokenFile
    if (tokenFile !== undefined) return resolve(dirname(file), tokenFile)
  }
  return undefined
}

/** Read for each request: whoever rotates it does not tell. Throws `invalid` when it is not there. */
export function tokenIn(file: string): string {
  return read(file).trim()
}

function filesOf(path: string): string[] {
  return path.split(delimiter).filter((one) => one !== '')
}

function load(kubeConfig: KubeConfig, file: string, client: FileReader): void {
  contentOf(file, client)
  try {
    kubeConfig.loadFromFile(file)
  } catch (cause) {
    throw wrong(file, 'it is no kubeconfig', cause)
  }
}

function contentOf(file: string, client: FileReader): z.infer<typeof content> {
  const text = read(file)
  try {
    return content.parse(client.loadYaml(text))
  } catch (cause) {
    throw wrong(file, 'it is no kubeconfig', cause)
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw wrong(file, 'the file is not there, or may not be read', cause)
  }
}

function wrong(file: string, why: string, cause?: unknown): AppError {
  const message = `KUBECONFIG leads to ${file}: ${why}.`
  return new AppError('invalid', message, { cause, errors: [{ path: 'KUBECONFIG', message: why }] })
}
