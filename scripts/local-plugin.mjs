/**
 * A plugin of the Serverless Framework for what runs on this machine. npm packages stay where they are instead of being
 * bundled into every function: a start takes seconds instead of a minute, and all functions share one copy in memory.
 * `invoke local` also needs bundles to end in `.js`, the one ending it looks for; they are packaged as `.mjs`, which
 * Lambda takes for modules without being told. Beside package.json `.js` is a module, too.
 *
 * Both commands run beside the stack that runs here, on its data, unless it is the stack that started this.
 */
import { systemIds } from '#lib/ids'
import '../sandbox/http/guard-process.ts'
import { handOverAsGateway } from '../sandbox/stack/as-gateway.ts'

export default class LocalPlugin {
  constructor(serverless) {
    const [command, subcommand] = serverless.processedInput.commands
    const isInvoked = command === 'invoke' && subcommand === 'local'
    const isOffline = command === 'offline'
    const { esbuild } = serverless.service.custom
    if (isInvoked) esbuild.outputFileExtension = '.js'
    if (isInvoked || isOffline) Object.assign(esbuild, { packages: 'external', minify: false })
    // A folder each: of two bundles of a function, `.js` would be taken and `.mjs` left, however old the one is.
    if ((isInvoked || isOffline) && !process.env.COXSWAIN_BUILD_DIR) esbuild.outputWorkFolder = `.esbuild/${command}`
    if (isInvoked) this.hooks = { initialize: () => prepareInvocation(serverless) }
    if (isOffline) handOverAsGateway()
    // `npm start` has its own, with which it calls the functions; alone, only routes lead to them.
    if (isOffline && !process.env.COXSWAIN_LOCAL_KEY) {
      process.env.COXSWAIN_LOCAL_KEY = systemIds.secret()
      this.hooks = { initialize: () => prepareOffline(serverless) }
    }
  }
}

// Standard output is for what the function answers.
const attaching = { shell: process.env, tell: (line) => process.stderr.write(`${line}\n`) }

/** Loaded only when it is needed: a shell that names a store waits for nothing. */
async function prepareInvocation(serverless) {
  const { watchAnswer } = await import('./local/exit-code.ts')
  watchAnswer(serverless, () => {
    process.exitCode = 1
  })
  const { COXSWAIN_TABLE, DYNAMODB_ENDPOINT } = process.env
  if (COXSWAIN_TABLE || DYNAMODB_ENDPOINT) return
  const { attach } = await import('./local/attach.ts')
  await attach(serverless, attaching)
}

async function prepareOffline(serverless) {
  const { attachOffline } = await import('./local/attach.ts')
  await attachOffline(serverless, attaching)
}
