/**
 * Lets `serverless invoke local` and `serverless offline` run functions as the stack that runs here does: on its table,
 * with its stand-ins. What the shell sets wins; a shell that names a store of its own is left alone altogether.
 */
import type { AppError } from '#lib/errors'
import { freePort } from '#sandbox/stack/ports'
import { dataDirOf, findRunning } from '#sandbox/stack/running'
import type { Serverless } from './serverless.ts'

type Shell = Record<string, string | undefined>

export interface Attaching {
  readonly shell: Shell
  /** Shows a line beside what the function answers. */
  readonly tell: (line: string) => void
}

const ELSEWHERE = 'For a store elsewhere set COXSWAIN_TABLE, and DYNAMODB_ENDPOINT or AWS_REGION.'

/** Resolves with the address of the stack; undefined where the shell names a store. Throws when no stack runs here. */
export async function attach(serverless: Serverless, { shell, tell }: Attaching): Promise<string | undefined> {
  if (shell['COXSWAIN_TABLE'] || shell['DYNAMODB_ENDPOINT']) return undefined
  const { dev } = await findRunning(dataDirOf(shell)).catch((error: AppError) => {
    throw new serverless.classes.Error(`${error.message} ${ELSEWHERE}`, 'NO_COXSWAIN_RUNS')
  })
  const { env, withheld } = dev.functions
  lend(serverless, env, shell)
  const missing = withheld.filter((name) => !shell[name])
  if (missing.length > 0) {
    tell(`! Only the shell of "npm start" knows ${missing.join(', ')}: set it here, too, where the function needs it.`)
  }
  return dev.url
}

/** A function finds only the variables that serverless.yml hands to it; what stands in no template, all of them find. */
function lend({ service }: Serverless, env: Readonly<Record<string, string>>, shell: Shell): void {
  const { provider, functions } = service
  const handedOut = [provider.environment, ...Object.values(functions).map(({ environment }) => environment)]
  for (const [name, value] of Object.entries(env)) {
    if (shell[name]) continue
    shell[name] = value
    for (const variables of handedOut) if (variables !== undefined && name in variables) variables[name] = value
    if (name === 'AWS_REGION') provider.region = value
  }
}

/** `serverless offline` beside the stack: functions of its own on the same data, on ports that are free. */
export async function attachOffline(serverless: Serverless, attaching: Attaching): Promise<void> {
  const { shell, tell } = attaching
  const stack = await attach(serverless, attaching)
  // serverless-offline would take it for what the authorizer said of every request.
  delete shell['AUTHORIZER']
  if (stack === undefined) return
  const ports = serverless.service.custom['serverless-offline']
  ports.httpPort = await freePort(Number(ports.httpPort))
  ports.lambdaPort = await freePort(Number(ports.lambdaPort))
  // The guard of this process asks it which port runs functions by name.
  shell['COXSWAIN_LAMBDA_PORT'] = String(ports.lambdaPort)
  tell(`Beside the Coxswain at ${stack}: the same data and stand-ins. Schedules and events are handled there alone.`)
}
