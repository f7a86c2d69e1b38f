/** How programs are started that must not outlive this one, however it ends. The caller gives them a pipe as standard input. */
import { fileURLToPath } from 'node:url'

export interface CommandLine {
  readonly program: string
  readonly args: readonly string[]
}

const SCRIPT = fileURLToPath(new URL('./leashed.sh', import.meta.url))
const LEASH = fileURLToPath(new URL('../stack/leash.ts', import.meta.url))
const GENTLE = fileURLToPath(new URL('./gentle-leash.ts', import.meta.url))
const PARENT = new URL('./parent-leash.ts', import.meta.url)

/** Any program, killed when its standard input ends. Windows has no shell for it: there it runs as it is. */
export function leashed(program: string, args: readonly string[]): CommandLine {
  return process.platform === 'win32' ? { program, args } : { program: SCRIPT, args: [program, ...args] }
}

/** A Node program, killed with its process group when its standard input ends. */
export function leashedNode(...args: readonly string[]): CommandLine {
  return { program: process.execPath, args: ['--import', LEASH, ...args] }
}

/** A Node program that gets SIGTERM, with its process group, when its standard input ends, and is killed when it stays. */
export function gentlyLeashedNode(...args: readonly string[]): CommandLine {
  return { program: process.execPath, args: ['--import', GENTLE, ...args] }
}

/** A Node program that gets SIGTERM, with its process group, when this process ends. Its standard input is its own. */
export function nodeWithParent(...args: readonly string[]): CommandLine {
  return { program: process.execPath, args: ['--import', `${PARENT.href}?parent=${process.pid}`, ...args] }
}
