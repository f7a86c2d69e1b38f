/** A fence around untrusted text in a prompt: a boundary that nothing inside can repeat, so that nothing inside can end it. */
import { createHash } from 'node:crypto'

/** A piece of untrusted text. Its label is ours, e.g. `proposal 2`; never take one from outside. */
export interface Part {
  readonly label: string
  readonly text: string
}

export interface Fenced {
  readonly boundary: string
  /** The parts in their order, each between its two lines. */
  readonly blocks: readonly string[]
}

/** 64 bits: nobody writes this by accident, and whoever writes it on purpose changes it by doing so. */
const BOUNDARY_DIGITS = 16

/**
 * Puts each part between two lines that carry one boundary. The boundary is a digest of all the parts together, taken
 * again until it occurs in none of them: a text that held it would have had another one.
 */
export function fence(parts: readonly Part[]): Fenced {
  const clean = parts.map(({ label, text }) => ({ label, text: text.toWellFormed() }))
  const boundary = boundaryOf(clean.map(({ text }) => text))
  return { boundary, blocks: clean.map((part) => block(boundary, part)) }
}

function boundaryOf(texts: readonly string[]): string {
  for (let attempt = 0; ; attempt += 1) {
    const digest = createHash('sha256')
      .update(JSON.stringify([attempt, texts]))
      .digest('hex')
      .slice(0, BOUNDARY_DIGITS)
    if (!texts.some((text) => text.toLowerCase().includes(digest))) return digest
  }
}

function block(boundary: string, { label, text }: Part): string {
  return `[${boundary} ${label} begins]\n${text}\n[${boundary} ${label} ends]`
}
