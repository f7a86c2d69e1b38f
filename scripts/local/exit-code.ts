/**
 * The exit code of `serverless invoke local`. The framework sets 1 for a function that threw; an HTTP function does not
 * throw but answers, so 500 and above count as failed as well. What a caller did wrong (400 to 499) is an answer.
 */
import { createRequire, Module } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Serverless } from './serverless.ts'

type Handler = (...args: readonly unknown[]) => unknown

interface InvokeLocal {
  readonly options: { readonly extraServicePath?: string }
  invokeLocalNodeJs: (path: string, name: string, ...rest: readonly unknown[]) => Promise<unknown>
}

const { cache } = createRequire(import.meta.url)

/** Calls `onFailure` when the function that is invoked answers with a server's error. */
export function watchAnswer(serverless: Serverless, onFailure: () => void): void {
  const plugin = serverless.pluginManager.plugins.find(isInvokeLocal)
  if (plugin === undefined) throw new Error('This version of the framework invokes functions in another way.')
  const invoke = plugin.invokeLocalNodeJs.bind(plugin)
  plugin.invokeLocalNodeJs = async (path, name, ...rest) => {
    // Since the bundle was built, the folder of the service is that of the bundles.
    await replaceHandler(
      join(serverless.serviceDir, plugin.options.extraServicePath ?? '', `${path}.js`),
      name,
      onFailure,
    )
    return invoke(path, name, ...rest)
  }
}

function isInvokeLocal(plugin: object): plugin is InvokeLocal {
  return 'invokeLocalNodeJs' in plugin && 'options' in plugin
}

/** The framework loads the bundle with `require`, which takes what is in its cache. */
async function replaceHandler(file: string, name: string, onFailure: () => void): Promise<void> {
  const exports: Record<string, unknown> = await import(pathToFileURL(file).href).catch(() => ({}))
  const handler = exports[name]
  // A bundle that cannot be loaded is for the framework to report.
  if (typeof handler !== 'function') return
  const watched = async (...args: readonly unknown[]) => {
    const answer = await (handler as Handler)(...args)
    if (isServerError(answer)) onFailure()
    return answer
  }
  cache[file] = Object.assign(new Module(file), { exports: { ...exports, [name]: watched }, loaded: true })
}

function isServerError(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'statusCode' in answer && Number(answer.statusCode) >= 500
}
