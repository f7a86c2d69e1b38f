/**
 * The functions' environment as dev.json keeps it, so that `serverless invoke local` and `serverless offline` run a
 * function as the stack does. Secrets that the stack made are in the file anyway, as tokens; those that the shell of
 * `npm start` knew are left out and named instead: a secret of the user's is not written to a disk.
 */
import { type Environment, isSecretName } from '#lib/config'

export interface FunctionEnv {
  readonly env: Record<string, string>
  /** Names of variables that only the shell knows. */
  readonly withheld: string[]
}

/** How serverless.yml names a variable that it hands on. */
const HANDED_ON = /\$\{env:([A-Z][A-Z0-9_]{0,63})\b/g
/** Of one process: another one has ports and a build folder of its own, and must not sign as this stack does. */
const OWN = new Set([
  'ORCHESTRATOR_HOST',
  'ORCHESTRATOR_PORT',
  'COXSWAIN_LAMBDA_PORT',
  'COXSWAIN_BUILD_DIR',
  'COXSWAIN_DOORS',
])
const NEVER = 'COXSWAIN_LOCAL_KEY'
const URL_WITH_PASSWORD = /^[a-z][a-z0-9+.-]{0,20}:\/\/[^/?#]{0,300}@/i

/** `given` is what the stack adds to the environment of `shell`; `service` is the text of serverless.yml. */
export function functionEnv(given: Readonly<Record<string, string>>, shell: Environment, service: string): FunctionEnv {
  const handedOn = [...service.matchAll(HANDED_ON)].flatMap(([, name]) => (name === undefined ? [] : [name]))
  const env: Record<string, string> = {}
  const withheld: string[] = []
  for (const name of new Set([...Object.keys(given), ...handedOn])) {
    const value = given[name] ?? shell[name] ?? ''
    if (value === '' || name === NEVER || OWN.has(name)) continue
    const isTheShells = shell[name] === value
    if (isTheShells && (isSecretName(name) || URL_WITH_PASSWORD.test(value))) withheld.push(name)
    else env[name] = value
  }
  return { env, withheld }
}
