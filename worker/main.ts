#!/usr/bin/env node
/** `coxswain-worker`: takes issues from the orchestrator, runs the configured command on them, brings back pull requests. */
import { readFileSync } from 'node:fs'
import { takeEnvironment } from './start/environment.ts'
import { readFlags } from './start/flags.ts'

/** What is called wrongly ends with this code. */
const EXIT_USAGE = 2

/** Nothing more is loaded before the environment is out of reach; what a call does not need is not loaded for it. */
async function main(args: readonly string[]): Promise<number> {
  const call = readFlags(args)
  switch (call.kind) {
    case 'help':
      process.stdout.write((await import('./start/help.ts')).helpText())
      return 0
    case 'version':
      process.stdout.write(`${versionOf(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))}\n`)
      return 0
    case 'unknown':
      process.stderr.write(`${call.message}\n`)
      return EXIT_USAGE
    case 'work': {
      const started = takeEnvironment()
      return (await import('./start/program.ts')).work(started, { plain: call.plain })
    }
  }
}

function versionOf(manifest: string): string {
  const { version } = JSON.parse(manifest) as { readonly version: string }
  return version
}

process.exit(await main(process.argv.slice(2)))
