/** References to issues in the text of a declaration: what it waits for, and what it only mentions. Pure, linear in time. */

/** GitHub's largest number. */
const HIGHEST_NUMBER = 2_147_483_647
/** `#7`, or the end of an issue's or a pull request's address; what stands before it is read backwards, within bounds. */
const MARK = /#(\d{1,10})(?!\w)|\/(?:issues|pull)\/(\d{1,10})(?!\w)/g
/** GitHub's bounds for the names of owners and repositories, and DNS's for a host with its port. */
const LONGEST_OWNER = 39
const LONGEST_NAME = 100
const LONGEST_HOST = 255
const OWNER = /[\w-]/
const NAME = /[\w.-]/
const HOST = /[\w.:-]/

/** `none`, `n/a`, `_No response_` of an empty field of an issue form: nothing is declared. */
const NOTHING =
  /^[\s*_`~(>]{0,20}(?:none|nothing|nil|n\/a|not applicable|no (?:response|dependenc(?:y|ies)|other issues?|issues?|files?)|no(?=[*_\s]{0,5}(?:[.,;:!)]|$)))(?![\w/*-]|\.\w)/i
/** Mentions, no dependencies: `(see #2)`, `related: #3`, `blocks #4`. */
const ASIDE = /\((?:see|cf|related|relates|blocks|unblocks)\b[^()]*\)?/gi
const REMARK = /(?:^|[\s,;.])(?:see|cf|related|relates|blocks|unblocks)\b/i

const BEGINS_WITH_REFERENCE = /^[\s*_`>]{0,20}(?:(?:[\w-]+\/[\w.-]+)?#\d|https?:)/

/** True for text that says that there is nothing to declare. */
export function saysNothing(text: string): boolean {
  return NOTHING.test(text) || /^\s{0,9}[-–—]$/.test(text.trimEnd())
}

/** True for text whose first word is a reference. */
export function beginsWithReference(text: string): boolean {
  return BEGINS_WITH_REFERENCE.test(text)
}

/** The issues that a declaration of `repository` waits for: `#7`, or `owner/repo#7` for another repository. */
export function referencesIn(text: string, repository: string): readonly string[] {
  if (saysNothing(text)) return []
  const said = text.replaceAll(ASIDE, ' ')
  const end = said.search(REMARK)
  const declared = end < 0 ? said : said.slice(0, end)
  return [...declared.matchAll(MARK)].flatMap(({ index, 1: short, 2: long }) => {
    const number = Number(short ?? long)
    const place = short === undefined ? placeOfAddress(declared, index) : (placeBefore(declared, index) ?? repository)
    if (place === undefined || number < 1 || number > HIGHEST_NUMBER) return []
    const isOwn = place.toLowerCase() === repository.toLowerCase()
    return [isOwn ? `#${number}` : `${place.toLowerCase()}#${number}`]
  })
}

/** `owner/repo` that ends at `end`; undefined when there is none. */
function placeBefore(text: string, end: number): string | undefined {
  const name = startOf(text, end, { of: NAME, atMost: LONGEST_NAME })
  if (name === end || text[name - 1] !== '/') return undefined
  const owner = startOf(text, name - 1, { of: OWNER, atMost: LONGEST_OWNER })
  return owner === name - 1 ? undefined : text.slice(owner, end)
}

/** The repository of `https://host/owner/repo` that ends at `end`; undefined when it is no such address. */
function placeOfAddress(text: string, end: number): string | undefined {
  const place = placeBefore(text, end)
  const start = end - (place?.length ?? 0)
  if (place === undefined || text[start - 1] !== '/') return undefined
  const host = startOf(text, start - 1, { of: HOST, atMost: LONGEST_HOST })
  const isHost = host < start - 1 && /https?:\/\/$/.test(text.slice(Math.max(0, host - 8), host))
  return isHost ? place : undefined
}

/** Where a run of such characters begins that ends at `end`. */
function startOf(text: string, end: number, { of, atMost }: { readonly of: RegExp; readonly atMost: number }): number {
  let at = end
  while (at > 0 && end - at < atMost && of.test(text.charAt(at - 1))) at -= 1
  return at
}
