#!/usr/bin/env node
/** The `coxswain` command: the queue, its workers and the administration of the store, from a shell. */
import { text } from 'node:stream/consumers'
import { systemClock, systemSleep } from '#lib/clock'
import { runProgram } from './program.ts'
import { paintFor } from './show/paint.ts'

const { argv, env, stdin, stdout, stderr } = process

// A reader such as `head` has seen enough.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

const { lines, complaint, exitCode } = await runProgram(argv.slice(2), {
  env,
  clock: systemClock,
  sleep: systemSleep,
  paint: paintFor(stdout.isTTY === true, env),
  columns: stdout.isTTY === true ? stdout.columns : undefined,
  input: () => text(stdin),
  note: (line) => void stderr.write(`${line}\n`),
})
if (lines.length > 0) stdout.write(`${lines.join('\n')}\n`)
if (complaint.length > 0) stderr.write(`${complaint.join('\n')}\n`)
process.exitCode = exitCode
