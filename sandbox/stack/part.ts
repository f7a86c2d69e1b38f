/** What the local stack is made of: parts that are started in order and stopped in the opposite one. */
import type { Entrance } from '../http/listen.ts'

/** Something that runs until it is stopped. */
export interface Part {
  readonly name: string
  readonly url?: string
  /** Resolves once nothing of it is left running; never rejects for what is gone already. */
  stop(): Promise<void>
}

/** How a stand-in is entered. */
export type StandInEntrance = Pick<Entrance, 'doors' | 'controlToken'>

/** Says one line to the person at the terminal. */
export type Tell = (line: string) => void
