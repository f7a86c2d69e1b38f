import { systemIds } from '#lib/ids'
import '../sandbox/http/guard-process.ts'
import { handOverAsGateway } from '../sandbox/stack/as-gateway.ts'

/**
 * A plugin of the Serverless Framework for what runs on this machine. npm packages stay where they are instead of being
 * bundled into every function: a start takes seconds instead of a minute, and all functions share one copy in memory.
 * `invoke local` also needs bundles to end in `.js`, the one ending it looks for; they are packaged as `.mjs`, which
 * Lambda takes for modules without being told. Beside package.json `.js` is a module, too.
 */
export default class LocalPlugin {
  constructor(serverless) {
    const [command, subcommand] = serverless.processedInput.commands
    const isInvoked = command === 'invoke' && subcommand === 'local'
    const { esbuild } = serverless.service.custom
    if (isInvoked) esbuild.outputFileExtension = '.js'
    if (command === 'offline') {
      handOverAsGateway()
      // `npm start` has its own, with which it calls the functions; alone, only routes lead to them.
      process.env['COXSWAIN_LOCAL_KEY'] ||= systemIds.secret()
    }
    if (isInvoked || command === 'offline') Object.assign(esbuild, { packages: 'external', minify: false })
  }
}
