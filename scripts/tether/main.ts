/**
 * `node scripts/tether/main.ts <command> [arguments]`: runs a command whose processes all end with this one, with npm, or
 * with a shell between, whichever ends first and however it does. For commands that start servers of their own.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { gentlyLeashedNode } from '#sandbox/lifeline/leashed'
import { untilNpmEnds } from '#sandbox/lifeline/lifeline'
import { endGroup, signalGroup } from '#sandbox/stack/processes'

const LEADER = fileURLToPath(new URL('./leader.ts', import.meta.url))
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** What the command started has this long to put things in order. */
const GRACE_MS = 10_000

const command = process.argv.slice(2)
if (command.length === 0) {
  console.error('usage: node scripts/tether/main.ts <command> [arguments]')
  process.exit(64)
}

const { program, args } = gentlyLeashedNode(LEADER, ...command)
const leader = spawn(program, args, { detached: true, stdio: ['pipe', 'inherit', 'inherit'] })
const exit = once(leader, 'exit')
const group = leader.pid ?? 0
// The group is in a session of its own, which the terminal's signals do not reach.
for (const signal of SIGNALS) process.on(signal, () => void signalGroup(group, signal))
void untilNpmEnds().then(() => endGroup(group, GRACE_MS))

const [code, signal]: (number | NodeJS.Signals | null)[] = await exit
await endGroup(group, GRACE_MS)
process.exit(typeof code === 'number' ? code : 128 + (constants.signals[signal as NodeJS.Signals] ?? 0))
