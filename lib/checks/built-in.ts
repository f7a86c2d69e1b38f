/** The built-in rules of the policy check, as a policy file would write them. */

import { SHAPES } from '#lib/secrets/shapes'

/** A rule before its pattern is compiled. */
export interface RuleSource {
  readonly name: string
  /** What it is that the rule finds, in a few words. */
  readonly why: string
  readonly pattern: string
  readonly ignore_case: boolean
}

const rule = (name: string, why: string, pattern: string): RuleSource => ({ name, why, pattern, ignore_case: false })

/** Up to a few hundred characters of the same command. */
const SAME = '[^|;&]{0,300}'
/** A shell that reads its input; an interpreter does so when nothing else is handed to it. */
const READER = String.raw`(?:sudo +(?:-\w+ +)?)?(?:env +)?(?:(?:/usr)?/bin/)?(?:(?:bash|sh|zsh|dash|ksh)\b|(?:python3?|perl|ruby|node)(?: -(?= |$)| ?(?=$|[;&|)"'${'`'}])))`

/** Commands that no proposal may run. Each pattern sees one line, continued lines joined, white space as single spaces. */
export const FORBIDDEN: readonly RuleSource[] = [
  rule(
    'rm-everything',
    'deletes a whole file system, home or system folder',
    String.raw`\brm (?=${SAME}-(?:\w*[rR]|-recursive))(?:-[\w=-]+ ){1,8}["']?(?:~|\$\{?HOME\}?|/(?:etc|usr|var|bin|sbin|lib|boot|home|root|opt)?)/?\*?["']?(?=[\s;&|)"'${'`'}]|$)`,
  ),
  rule('no-preserve-root', 'deletes a whole file system', String.raw`\brm ${SAME}--no-preserve-root\b`),
  rule(
    'download-to-shell',
    'runs what somebody else serves, unread',
    String.raw`\b(?:curl|wget) [^;]{0,300}\| ?${READER}`,
  ),
  rule(
    'shell-of-download',
    'runs what somebody else serves, unread',
    String.raw`\b(?:eval|source|bash|sh|zsh)\b[^|;&]{0,60}[<$]\( ?(?:curl|wget)\b`,
  ),
  rule(
    'force-push',
    'overwrites the history of others; --force-with-lease does not',
    String.raw`\bgit (?:-[cC] \S+ |-\S+ ){0,4}push\b${SAME} (?:--force(?![\w-])|-[a-zA-Z]*f[a-zA-Z]*\b|\+[\w/.-]+)`,
  ),
  rule(
    'world-writable',
    'lets everybody write',
    String.raw`\bchmod (?:-\S+ ){0,4}(?:[0-7]?777\b|a\+[rx]*w[rx]*\b|ugo\+[rx]*w[rx]*\b|o\+[rx]*w[rx]*\b)`,
  ),
  rule('write-to-disk', 'overwrites a disk', String.raw`\bdd ${SAME}\bof=/dev/(?:sd|hd|vd|xvd|nvme|disk|mmcblk)`),
  rule('format-disk', 'formats a disk', String.raw`\bmkfs(?:\.\w+)? ${SAME}/dev/`),
  rule('fork-bomb', 'starts processes without end', String.raw`:\(\) ?\{ ?: ?\| ?: ?& ?\} ?; ?:`),
]

/** Secrets that are no secret without the name before them; all others are those of lib/secrets, by their kind. */
export const SECRETS: readonly RuleSource[] = [
  rule(
    'aws-secret-key',
    'a secret key of AWS',
    String.raw`\b(?:aws_?|AWS_?)?(?:secret_?access_?key|SECRET_?ACCESS_?KEY|[sS]ecretAccessKey)["']? ?[=:] ?["']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])`,
  ),
]

/** Good for masking, too broad for a verdict: examples say `password: …` and `Authorization: Bearer …` all the time. */
const BROAD: ReadonlySet<string> = new Set(['assignment', 'authorization', 'url-signature'])

/** Kinds of secrets that no proposal may hold. */
export const SECRET_KINDS: readonly string[] = [...new Set(SHAPES.map(({ kind }) => kind))].filter(
  (kind) => !BROAD.has(kind),
)
