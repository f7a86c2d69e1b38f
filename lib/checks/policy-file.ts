/** Reads the policy file that the configuration names: YAML, or JSON, which is YAML too. */
import { readFile, stat } from 'node:fs/promises'
import { AppError } from '#lib/errors'
import { type PolicyRules, readRules } from './rules.ts'

/** Two hundred rules of full length fit twice. */
const MOST_BYTES = 256 * 1024

/** Throws `invalid` when the file cannot be read, or naming every place in it that is wrong. */
export async function rulesFrom(path: string): Promise<PolicyRules> {
  const { parse } = await import('yaml')
  return readRules(parsed(parse, await textOf(path)))
}

async function textOf(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > MOST_BYTES) throw new Error(`it is larger than ${MOST_BYTES} bytes`)
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new AppError('invalid', `The policy file ${path} cannot be read: ${reason(cause)}.`, { cause })
  }
}

function parsed(parse: (text: string) => unknown, text: string): unknown {
  try {
    return parse(text) ?? {}
  } catch (cause) {
    throw new AppError('invalid', `The policy file is neither YAML nor JSON: ${reason(cause)}`, { cause })
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'unknown'
}
