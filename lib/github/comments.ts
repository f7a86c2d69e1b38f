/** What Coxswain says on an issue, and the hidden markers by which it recognises its own words. Pure. */
import { createHash } from 'node:crypto'
import { clean, defuse, FENCE, shorten } from '#lib/github/text'
import { maskSecrets } from '#lib/secrets/secrets'

/** A comment to leave once. */
export interface CommentText {
  readonly marker: string
  readonly text: string
}

export interface Completion {
  readonly generation: number
  /** How often reviewers had sent it back; left out: never. */
  readonly round?: number
  readonly pr_url: string
  readonly worker: string
  readonly attempt: number
}

export interface FinalFailure {
  readonly generation: number
  /** The last attempt's own words: untrusted. */
  readonly error: string
  readonly attempts: number
  readonly trigger_label: string
  readonly failed_label: string
  /** The route that redrives, e.g. `POST /queue/acme/shop/7/retry`. */
  readonly retry_route: string
}

export interface Cycle {
  readonly generation: number
  /** References, each issue waiting for the next and the last for the first. */
  readonly cycle: readonly string[]
}

/** Enough to tell the cycles of one issue apart. */
const CYCLE_NAME_LENGTH = 16
/** Longer comments are scrolled past; GitHub would take 65,536. */
export const LONGEST_COMMENT = 4_000
/** Leaves room for the sentences around the error and for every label and route at its longest. */
const LONGEST_ERROR = 2_800
/** GitHub refuses bodies beyond 65,536; the marker and escapes need a little of it. */
const LONGEST_BODY = 60_000
const LONGEST_WORD = 200

export interface Rework {
  readonly generation: number
  /** 1 for the first time. */
  readonly round: number
  readonly pr_url: string
}

/** Said when the work is done: where it is and who did it. */
export function completionComment({ generation, round = 0, pr_url, worker, attempt }: Completion): CommentText {
  const lines = [`Done: ${link(pr_url)}`, '', `By worker ${code(worker)}, attempt ${attempt}.`]
  const marker = round === 0 ? `completed:${generation}` : `completed:${generation}:${round}`
  return { marker, text: lines.join('\n') }
}

/** Said when reviewers sent the work back. What they wrote stands where they wrote it. */
export function reworkComment({ generation, round, pr_url }: Rework): CommentText {
  const text = `Changes were requested on ${link(pr_url)}. The work goes on, on the same branch.`
  return { marker: `rework:${generation}:${round}`, text }
}

/** Said when no attempt is left: what went wrong last, and how to ask again. */
export function failureComment(failure: FinalFailure): CommentText {
  const { generation, attempts, trigger_label, failed_label, retry_route } = failure
  const lines = [
    `Given up after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}. The last error, as the worker reported it:`,
    '',
    `${FENCE}text`,
    shorten(quotable(failure.error), LONGEST_ERROR),
    FENCE,
    '',
    `To try again with fresh attempts, remove ${code(failed_label)} and add ${code(trigger_label)}, or call ${code(retry_route)}.`,
  ]
  return { marker: `failed:${generation}`, text: lines.join('\n') }
}

/** Said where a transferred issue is now: the job went with it. */
export function followedComment(generation: number, came_from: string): CommentText {
  const text = `This issue was transferred from ${code(came_from)} and is queued here now. Work on it goes on in this repository.`
  return { marker: `followed:${generation}`, text }
}

/** Said when issues wait for each other in a circle: who they are, and how to end it. */
export function cycleComment({ generation, cycle }: Cycle): CommentText {
  const way = [...cycle, ...cycle.slice(0, 1)].join(' → ')
  const text = `This issue waits for itself: ${shorten(way, LONGEST_COMMENT / 2)}. None of these can be worked on until one of them no longer depends on the next, or is closed.`
  const name = createHash('sha256').update(cycle.join(' ')).digest('hex').slice(0, CYCLE_NAME_LENGTH)
  return { marker: `cycle:${generation}:${name}`, text }
}

/** The comment as it is posted: the text, then the marker as its last line, where no text can forge it. */
export function withMarker({ marker, text }: CommentText): string {
  return `${shorten(text, LONGEST_BODY).replaceAll('<!--', '&lt;!--')}\n\n${hidden(marker)}`
}

/** True when a posted comment carries this marker as its last line. */
export function carriesMarker(body: string, marker: string): boolean {
  return body.trimEnd().split(/\r?\n/).at(-1) === hidden(marker)
}

function hidden(marker: string): string {
  return `<!-- coxswain:${marker.replaceAll(/[^A-Za-z0-9.:_]+/g, '-')} -->`
}

/** Masked before it is cut, so that no half of a secret is left; control characters but tab and newline are dropped. */
function quotable(error: string): string {
  const text = clean(error)
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, keepLayout)
  return defuse(maskSecrets(text)).trim() || '(no error text)'
}

function keepLayout(character: string): string {
  return character === '\n' || character === '\t' ? character : ''
}

function code(word: string): string {
  return `\`${
    defuse(clean(word))
      .replaceAll(/[`\s\p{Cc}\p{Bidi_Control}]+/gu, ' ')
      .trim()
      .slice(0, LONGEST_WORD)
      .toWellFormed() || '-'
  }\``
}

/** A plain address links itself; anything else is shown, not linked. */
function link(url: string): string {
  return /^https?:\/\/[\w.:-]+(?:\/[\w.-]+)+$/.test(url) && url.length <= LONGEST_WORD * 2 ? url : code(url)
}
