/** What a command of `coxswain` is: its words, what it takes, and the code that runs it, loaded only when it is asked for. */
import type { Clock, Sleep } from '#lib/clock'
import type { Environment } from '#lib/config'
import type { Paint } from '../show/paint.ts'

export interface Option {
  /** What the help calls its value; a switch has none. */
  readonly value?: string
  /** May be given more than once. */
  readonly multiple?: boolean
  /** Named in the usage line without brackets. */
  readonly required?: boolean
  readonly meaning: string
}

/** What stands behind the command's words without being an option. */
export interface Arguments {
  /** As the usage shows them, e.g. `<issue>`. */
  readonly usage: string
  readonly min: number
  readonly max: number
  /** Said when there are fewer or more. */
  readonly otherwise: string
}

export interface Command {
  /** One word or two, e.g. `status`, `issue add`. */
  readonly name: string
  readonly group: string
  /** What it does, in one line. */
  readonly summary: string
  readonly takes?: Arguments
  readonly options: Readonly<Record<string, Option>>
  /** What else the help says, line by line. */
  readonly notes?: readonly string[]
  readonly example: string
  readonly load: () => Promise<Run>
}

/** A command line that was understood. */
export interface Given {
  readonly args: readonly string[]
  /** The value of an option; undefined when it was not given. */
  text(name: string): string | undefined
  /** All values of an option that may be given more than once. */
  texts(name: string): readonly string[]
  isSet(name: string): boolean
}

/** What surrounds a command. */
export interface Context {
  readonly env: Environment
  readonly clock: Clock
  readonly sleep: Sleep
  readonly paint: Paint
  /** Characters in a line of the terminal; undefined when the output is none. */
  readonly columns: number | undefined
  /** What is piped into the command. */
  readonly input: () => Promise<string>
  /** Shows a line beside the output, for a person who waits. */
  readonly note: (line: string) => void
}

export interface Result {
  readonly lines: readonly string[]
  /** Exit code 1 although there is something to show. */
  readonly failed?: boolean
}

export type Run = (given: Given, context: Context) => Promise<Result>
