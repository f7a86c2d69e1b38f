/** As much of the Serverless Framework as its plugin for this machine touches. */

export type Variables = Record<string, unknown>

export interface Serverless {
  readonly serviceDir: string
  readonly service: {
    readonly provider: { region: string; readonly environment: Variables }
    readonly functions: Readonly<Record<string, { readonly environment?: Variables }>>
    readonly custom: { readonly 'serverless-offline': { httpPort: string | number; lambdaPort: string | number } }
  }
  readonly classes: { readonly Error: new (message: string, code: string) => Error }
  readonly pluginManager: { readonly plugins: readonly object[] }
}
