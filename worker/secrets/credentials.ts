/** The worker's credentials: given as a variable, or as a file that is read at each use, so that a replaced one counts at once. */
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { AppError } from '#lib/errors'

export const CREDENTIALS = ['GITHUB_TOKEN', 'ORCHESTRATOR_TOKEN', 'ANTHROPIC_API_KEY'] as const

export type CredentialName = (typeof CREDENTIALS)[number]

export interface Source {
  readonly value?: string | undefined
  /** Absolute path; wins over the value. */
  readonly file?: string | undefined
}

export type Sources = Readonly<Record<CredentialName, Source>>

export interface Credentials {
  /**
   * What to use now; null when none is configured. Throws AppError `unauthenticated`, a fault of the machine, when its file
   * does not hold one.
   */
  now(name: CredentialName): Promise<string | null>
  /** Every value that was seen so far, to be masked and kept out of commits. */
  known(): readonly string[]
}

/** `others` are secret, too, and never used here. */
export function createCredentials(sources: Sources, others: readonly string[] = []): Credentials {
  const seen = new Set<string>(others)
  const note = (text: string | undefined): string => {
    const value = text?.trim() ?? ''
    if (value !== '') seen.add(value)
    return value
  }
  for (const { value, file } of Object.values(sources)) {
    note(value)
    note(file && contentNow(file))
  }
  return {
    known: () => [...seen],
    async now(name) {
      const { value, file } = sources[name]
      if (file === undefined) return value ?? null
      const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
        throw unreadable(name, `cannot be read from ${file} (${cause.code ?? 'unknown'})`, cause)
      })
      if (!isToken(text.trim())) throw unreadable(name, `is not in ${file}: the file must hold it and nothing else`)
      return note(text)
    },
  }
}

/** Printable and without blanks, as a header can carry it. */
const isToken = (text: string): boolean => /^[\x21-\x7e]{1,4096}$/.test(text)

/** A file that is not there yet is complained about when it is needed. */
function contentNow(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function unreadable(name: CredentialName, why: string, cause?: unknown): AppError {
  const what = `The token ${why}. It is read again by itself from the file that ${name}_FILE names.`
  return new AppError('unauthenticated', what, { cause, details: { fault: 'machine' } })
}
