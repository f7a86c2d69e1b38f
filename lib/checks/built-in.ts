/** The built-in rules of the policy check, as a policy file would write them. */

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

/** Secrets by their form. What is evidently filler is let pass: see secrets.ts. */
export const SECRETS: readonly RuleSource[] = [
  rule('private-key', 'a private key', '-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----'),
  rule('aws-access-key', 'an access key of AWS', String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`),
  rule(
    'aws-secret-key',
    'a secret key of AWS',
    String.raw`\b(?:aws_?|AWS_?)?(?:secret_?access_?key|SECRET_?ACCESS_?KEY|[sS]ecretAccessKey)["']? ?[=:] ?["']?[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])`,
  ),
  rule(
    'github-token',
    'a token of GitHub',
    String.raw`\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})`,
  ),
  rule('vendor-key', 'a key of an LLM vendor', String.raw`\bsk-(?=[A-Za-z_-]{0,60}[0-9])[A-Za-z0-9_-]{20,250}`),
  rule('stripe-key', 'a live key of Stripe', String.raw`\b[sr]k_live_[A-Za-z0-9]{16,250}`),
  rule('slack-token', 'a token of Slack', String.raw`\bxox[abeoprs]-[A-Za-z0-9-]{10,250}`),
  rule('google-key', 'a key of Google', String.raw`\bAIza[A-Za-z0-9_-]{35}`),
  rule('gitlab-token', 'a token of GitLab', String.raw`\bglpat-[A-Za-z0-9_-]{20,250}`),
  rule('npm-token', 'a token of npm', String.raw`\bnpm_[A-Za-z0-9]{36}\b`),
]
