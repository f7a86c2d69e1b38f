/**
 * The stack that runs on this machine, as its `dev.json` says it. The file stays when a stack ends, because the tokens in
 * it are kept from start to start: whether it is still true is judged, by the process that wrote it and by what answers.
 */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import * as z from 'zod'
import { type Instant, toTimestamp } from '#lib/clock'
import type { Environment } from '#lib/config'
import { AppError } from '#lib/errors'
import { type DevFile, devFilePath, readDevFile } from './dev-file.ts'
import { shown } from './files.ts'
import { holderOf } from './lock.ts'
import { isRunning, type ProcessId } from './processes.ts'

/** What answers at an address. */
export type Answering = 'coxswain' | 'other' | 'nothing'

export interface Running {
  /** Absolute. */
  readonly dataDir: string
  readonly dev: DevFile
}

/** What was found of a stack in its data folder. */
interface Facts {
  /** As it is shown. */
  readonly folder: string
  readonly file: string
  /** When dev.json was written; undefined when there is none. */
  readonly written: Instant | undefined
  /** Undefined when it cannot be read. */
  readonly dev: DevFile | undefined
  /** Whether the process that wrote dev.json runs; undefined when the file does not name it. */
  readonly isOwnerRunning: boolean | undefined
  /** The process that has the folder now. */
  readonly holder: ProcessId | undefined
  readonly answering: Answering
}

/** A stack that is well answers within a second; a busy machine gets more. */
const PROBE_MS = 5_000
const HOW = 'Run "npm start" in another terminal'

const health = z.object({ service: z.literal('coxswain') })

/** The folder of a stack's data, as `npm start` takes it from the same environment. */
export function dataDirOf(env: Environment): string {
  return resolve(env['COXSWAIN_DATA_DIR'] || '.local')
}

/** The stack of `dataDir`. Throws AppError `unavailable` that says why there is none, and what to do. */
export async function findRunning(
  dataDir: string,
  whoAnswers: (url: string) => Promise<Answering> = whoAnswersAt,
): Promise<Running> {
  const facts = await factsOf(dataDir, whoAnswers)
  const reason = whyNot(facts)
  if (reason !== undefined || facts.dev === undefined) throw new AppError('unavailable', reason ?? HOW)
  return { dataDir, dev: facts.dev }
}

async function factsOf(dataDir: string, whoAnswers: (url: string) => Promise<Answering>): Promise<Facts> {
  const path = devFilePath(dataDir)
  const dev = readDevFile(dataDir)
  const isOwnerRunning = dev?.owner && isRunning(dev.owner)
  return {
    folder: shown(dataDir),
    file: shown(path),
    written: statSync(path, { throwIfNoEntry: false })?.mtimeMs,
    dev,
    isOwnerRunning,
    holder: holderOf(dataDir),
    // The running owner has its port: only for the others is it worth a question.
    answering: dev === undefined ? 'nothing' : isOwnerRunning ? 'coxswain' : await whoAnswers(dev.url),
  }
}

/** Why there is no stack to work with, in one line; undefined when there is one. */
function whyNot({ folder, file, written, dev, isOwnerRunning, holder, answering }: Facts): string | undefined {
  if (holder !== undefined && !isOwnerRunning) {
    return `A Coxswain (process ${holder.pid}) is starting in ${folder}. Wait until it says "coxswain ready".`
  }
  if (written === undefined) {
    return `No Coxswain runs here: there is no ${file}. ${HOW}, or set COXSWAIN_DATA_DIR to the folder of the one that runs.`
  }
  if (dev === undefined) return `${file} cannot be read as this version writes it. ${HOW} to write it anew.`
  if (isOwnerRunning || (isOwnerRunning === undefined && answering === 'coxswain')) return undefined
  const ended = isOwnerRunning === false ? ', and the start that wrote it has ended' : ''
  return `No Coxswain of ${folder} answers at ${dev.url}: ${file} is of ${toTimestamp(written)}${ended}. ${adviceOn(answering)}`
}

function adviceOn(answering: Answering): string {
  switch (answering) {
    case 'coxswain':
      return `Another Coxswain answers there: set COXSWAIN_DATA_DIR to its folder, or run "npm start" for this one.`
    case 'other':
      return `Another program answers there. ${HOW}; ORCHESTRATOR_PORT chooses its port.`
    case 'nothing':
      return `${HOW}.`
  }
}

/** Asks without any credential: a stranger may have taken the port. */
export async function whoAnswersAt(url: string): Promise<Answering> {
  const signal = AbortSignal.timeout(PROBE_MS)
  try {
    const answer = await fetch(`${url}/health`, { signal, redirect: 'manual' })
    return health.safeParse(await answer.json()).success ? 'coxswain' : 'other'
  } catch (error) {
    // What answers without speaking JSON is no Coxswain; `fetch failed` means that nothing answers.
    return error instanceof SyntaxError ? 'other' : 'nothing'
  }
}
