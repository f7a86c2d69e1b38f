/**
 * A plugin of the Serverless Framework that makes `invoke local` find our bundles: it looks for `.js` alone, while they
 * are packaged as `.mjs`, which Lambda takes for modules without being told. Beside package.json `.js` is a module, too.
 */
export default class InvokeLocalPlugin {
  constructor(serverless) {
    const [command, subcommand] = serverless.processedInput.commands
    if (command === 'invoke' && subcommand === 'local') {
      serverless.service.custom.esbuild.outputFileExtension = '.js'
    }
  }
}
