/** Leads the process group of a tethered command: runs it and ends with its exit code. Preloaded with the gentle leash. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'

const [program = '', ...args] = process.argv.slice(2)
// The command gets each of these itself; this process stays for its exit code.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)

const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
const [code, signal]: (number | NodeJS.Signals | null)[] = await once(child, 'exit')
process.exit(typeof code === 'number' ? code : 128 + (constants.signals[signal as NodeJS.Signals] ?? 0))
