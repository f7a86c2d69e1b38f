/** What is wrong with the expressions of the code, by their verdicts and the lists of exceptions. Pure. */
import type { Expression } from './collect.ts'
import { nameOf } from './sources.ts'
import type { Verdicts } from './verdicts.ts'

export interface Exceptions {
  /** Expressions that are not proven linear, each with the reason why it is harmless. */
  readonly allowed: Readonly<Record<string, string>>
  /** Expressions made when the code runs, as they stand there, each with what bounds them. */
  readonly made: Readonly<Record<string, string>>
  /** Files with a table whose expressions come out of parts, each with the reason for those that are not proven. */
  readonly tables: Readonly<Record<string, string>>
}

/** One sentence for each problem; empty when all is well. */
export function problemsOf(found: readonly Expression[], verdicts: Verdicts, exceptions: Exceptions): string[] {
  const { allowed, made, tables } = exceptions
  const judged = found.filter((it) => it.source !== undefined && verdicts.get(nameOf(it)) !== 'safe')
  const unproven = judged.filter((it) => !(it.line === 0 && it.file in tables))
  const dynamic = found.filter((it) => it.source === undefined)
  const needed = new Set(unproven.map(nameOf))
  const neededMade = new Set(dynamic.map(({ text }) => text))

  const slow = unproven
    .filter((it) => !(nameOf(it) in allowed))
    .map((it) => {
      const verdict = verdicts.get(nameOf(it)) ?? 'not judged'
      return `${it.file}:${it.line} ${it.text} is ${verdict}: write it so that it takes linear time, or read the text without it.`
    })
  const unread = dynamic
    .filter(({ text }) => !(text in made))
    .map(({ file, line, text }) => `${file}:${line} ${text} is not made of constants and cannot be judged.`)
  const idle = [
    ...Object.keys(allowed).filter((name) => !needed.has(name)),
    ...Object.keys(made).filter((text) => !neededMade.has(text)),
    ...Object.keys(tables).filter((file) => !judged.some((it) => it.file === file && it.line === 0)),
  ].map((name) => `${name} needs no exception any more: take it out of scripts/regex/exceptions.ts.`)
  return [...slow, ...unread, ...idle]
}
