/** All functions behind their HTTP routes: serverless-offline as a child of the stack. */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSeal } from '#lib/auth/seal'
import { type Ids, systemIds } from '#lib/ids'
import { type Ground, startChild } from './child.ts'
import { createLambda, type Lambda } from './lambda.ts'
import type { Part } from './part.ts'
import { freePort } from './ports.ts'
import { urlOf } from './settings.ts'
import { untilAnswers } from './waiting.ts'

export interface FunctionsPart extends Part {
  readonly url: string
  readonly lambda: Lambda
}

export interface FunctionsOptions {
  readonly host: string
  readonly port: number
  /** What the functions find in their environment. */
  readonly env: Readonly<Record<string, string>>
  readonly ids?: Ids
}

const PROJECT = fileURLToPath(new URL('../../', import.meta.url))

export async function startFunctions(options: FunctionsOptions, ground: Ground): Promise<FunctionsPart> {
  const lambdaPort = await freePort()
  const key = (options.ids ?? systemIds).secret()
  const buildDir = buildDirOf(ground.dataDir)
  const child = startChild(
    {
      name: 'functions',
      args: [serverless(), 'offline', '--noSponsor'],
      cwd: PROJECT,
      env: {
        ...options.env,
        ORCHESTRATOR_HOST: options.host,
        ORCHESTRATOR_PORT: String(options.port),
        COXSWAIN_LAMBDA_PORT: String(lambdaPort),
        COXSWAIN_LOCAL_KEY: key,
        COXSWAIN_BUILD_DIR: buildDir,
        // serverless-offline would take it for what the authorizer said of every request.
        AUTHORIZER: '',
        SLS_NOTIFICATIONS_MODE: 'off',
        // A notice for every call of a function would fill the log: the schedules call one each second.
        SLS_LOG_LEVEL: 'warning',
        SLS_INTERACTIVE_SETUP_ENABLE: '',
        NO_COLOR: '1',
      },
    },
    ground,
  )
  const stop = async () => {
    await child.stop()
    rmSync(join(PROJECT, buildDir), { recursive: true, force: true })
  }
  const url = urlOf(options.host, options.port)
  try {
    const { tell } = ground
    await untilAnswers({ url: `${url}/health`, child, tell, accepts: (status) => status === 200 })
  } catch (error) {
    await stop()
    throw error
  }
  return { name: 'functions', url, lambda: createLambda(urlOf(options.host, lambdaPort), createSeal(key)), stop }
}

/** Bundles must lie inside the project to find its packages; each data folder has its own, or two stacks would mix. */
function buildDirOf(dataDir: string): string {
  return join('.esbuild', createHash('sha256').update(dataDir).digest('hex').slice(0, 12))
}

function serverless(): string {
  const manifest = createRequire(import.meta.url).resolve('serverless/package.json')
  return join(dirname(manifest), 'bin', 'serverless.js')
}
