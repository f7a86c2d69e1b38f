/** Colours: on a terminal only, and never where NO_COLOR is set (https://no-color.org). */
import { styleText } from 'node:util'
import type { Environment } from '#lib/config'

export type Colour = 'red' | 'green' | 'yellow' | 'bold' | 'dim'

export type Paint = (colour: Colour, text: string) => string

export const plain: Paint = (_colour, text) => text

export function paintFor(isTerminal: boolean, env: Environment): Paint {
  if (!isTerminal || env['NO_COLOR'] || env['TERM'] === 'dumb') return plain
  return (colour, text) => styleText(colour, text, { validateStream: false })
}
