/**
 * What credentials look like: the one table behind logs, comments, stored errors, transcripts and checks.
 *
 * Prefixes and lengths follow the vendors' documentation and the rules of gitleaks. Every pattern takes linear time: a
 * quantifier is bounded, or the last of its pattern, or its match begins at a marker that it cannot contain.
 */

export interface Shape {
  readonly kind: string
  /**
   * Global. Without groups all of the match is secret; with two groups the first is kept and the second is secret, and
   * what follows the second is kept.
   */
  readonly regex: RegExp
  /** False for a match that only has the form. Gets the secret part. */
  readonly accepts?: (secret: string) => boolean
}

/** Where a token may begin: after anything that is not part of a word, or after a colour code of a terminal. */
const START = String.raw`(?<=^|[^A-Za-z0-9]|\u001b\[[0-9;]{0,12}m)`
/** The same for text in base64url, whose runs hold hyphens and underscores. */
const RUN_START = String.raw`(?<=^|[^\w-]|\u001b\[[0-9;]{0,12}m)`

const shape = (kind: string, source: string, accepts?: Shape['accepts']): Shape => ({
  kind,
  regex: new RegExp(source, 'g'),
  ...(accepts && { accepts }),
})
const anyCase = (kind: string, source: string, accepts?: Shape['accepts']): Shape => ({
  kind,
  regex: new RegExp(source, 'gi'),
  ...(accepts && { accepts }),
})

const PEM = (edge: 'BEGIN' | 'END') => `-----${edge} (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----`
/** A line break, also as JSON and environment files write it. */
const BREAK = String.raw`(?:\r?\n|\\r|\\n)`

const hasDigit = (secret: string): boolean => /\d/.test(secret)
const isMixed = (secret: string): boolean => hasDigit(secret) && /[A-Za-z]/.test(secret)

const LONGEST_USER = 100
const LONGEST_PASSWORD = 400

/** True for base64 of `user:password`. */
function isBasic(secret: string): boolean {
  if (secret.length % 4 !== 0) return false
  const text = Buffer.from(secret, 'base64').toString('latin1')
  const colon = text.lastIndexOf(':', Math.min(LONGEST_USER, text.length - 2))
  return colon >= 0 && text.length - colon - 1 <= LONGEST_PASSWORD && /^[ -~]+$/.test(text)
}

/** Values that stand where a secret would, but refer to one, describe one or are none. */
const NO_VALUE =
  /^(?:true|false|null|none|undefined|nil|string|number|required|optional|missing|redacted|\*+|x+|process\.env.*|os\.environ.*|env\..*|secrets\..*|include|omit|same-origin|anonymous|[\^~]\d.*)$/i

function isAssigned(value: string): boolean {
  return !NO_VALUE.test(value) && new Set(value).size > 3
}

/** In a password's place: a variable, a template's field, or what was masked before. */
const HELD_ELSEWHERE = String.raw`(?:\$\{[^\s}@]{1,64}\}|\$\w{1,64}|\{\{[^}@]{1,64}\}\}|\*{1,8})`

/** A name that ends in the word for a secret, as variables, JSON and YAML write it. */
const NAME = `(?:passw(?:or)?d|passphrase|secret|secret[_-]?(?:access[_-]?)?key|(?:access|auth|api|refresh|session|bearer|id)[_-]?token|token|api[_-]?key|access[_-]?key|account[_-]?key|private[_-]?key(?:[_-]?id)?|client[_-]?secret|credentials?)`

/** Keys and tokens known by their prefix. */
const PREFIXED: readonly Shape[] = [
  // The newer form of an installation's token is `ghs_<app>_<jwt>`.
  shape('github-token', String.raw`ghs_[A-Za-z0-9]{1,20}_(?=[\w-]{16})[\w-]+(?:\.[\w-]+)?(?:\.[\w-]+)?`),
  shape('github-token', `gh[pousr]_[A-Za-z0-9]{16,}`),
  shape('github-token', String.raw`github_pat_\w{16,}`),
  shape('coxswain-token', String.raw`cxw_[\w-]{24,}`),
  shape(
    'gitlab-token',
    String.raw`${START}gl(?:pat|dt|ptt|rt|rtr|cbt|agent|soat|ft|imt|ffct|oas)-[\w-]{16,}(?:\.[\w-]+)?(?:\.[\w-]+)?`,
  ),
  shape('npm-token', `npm_[A-Za-z0-9]{30,}`),
  shape('pypi-token', String.raw`pypi-(?:AgE[\w-]{16,}|[\w-]{40,})`, (s) => hasDigit(s) && /[A-Z]/.test(s)),
  shape('hugging-face-token', `${START}(?:hf|api_org)_[A-Za-z0-9]{30,}`),
  shape('google-key', String.raw`AIza[\w-]{30,}`),
  shape('google-token', String.raw`${START}(?:ya29\.|GOCSPX-)[\w-]{20,}`),
  shape('vendor-key', String.raw`${START}sk-[\w-]{16,}`, hasDigit),
  shape('vendor-key', String.raw`${START}(?:gsk_|xai-|nvapi-|pplx-|r8_)[\w-]{30,}`, hasDigit),
  shape('stripe-key', `${START}(?:[srp]k_(?:live|test|prod)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,})`),
  shape('slack-token', String.raw`${START}xox[a-z](?:\.xox[a-z])?-[\w-]{8,}`),
  shape('slack-token', String.raw`${START}xapp-[\w-]{12,}`, hasDigit),
  shape('aws-access-key', `${START}(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{16}(?![A-Za-z0-9])`),
  shape('sendgrid-key', String.raw`${START}SG\.[\w-]{16,64}\.[\w-]{16,}`),
  shape('docker-token', String.raw`${START}dckr_(?:pat|oat)_[\w-]{20,}`),
  shape('digitalocean-token', `${START}do[opr]_v1_[0-9a-f]{40,}`),
  shape('vault-token', String.raw`${START}hv[sbr]\.[\w-]{20,}`),
  shape('shopify-token', `${START}shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32,}`),
  shape('atlassian-token', String.raw`${START}ATATT3[\w=-]{40,}`),
  shape('telegram-token', String.raw`${START}\d{8,10}:AA[\w-]{33,}`),
  shape(
    'other-token',
    String.raw`${START}(?:rubygems_|pul-|sntry[su]_|lin_api_|ntn_|tskey-|dapi|glsa_)[\w=-]{30,}`,
    isMixed,
  ),
  shape('age-key', `AGE-SECRET-KEY-1[0-9A-Z]{40,}`),
  shape('json-web-token', String.raw`${RUN_START}eyJ[\w-]{8,}\.(?:eyJ[\w-]{8,}(?:\.[\w-]*)?|[\w-]{8,}\.[\w-]{4,})`),
]

/** A key from its first line to its last; to the end of what looks like one, where the last line is cut off. */
const PRIVATE_KEY = shape(
  'private-key',
  String.raw`${PEM('BEGIN')}(?:(?:(?!-----BEGIN )[\s\S]){0,16384}?${PEM('END')}|(?=[ \t]{0,8}${BREAK})[A-Za-z0-9+/=\s\\:,.]*)`,
)

/** Addresses that are secrets themselves: whoever has one may write. */
const WEBHOOKS: readonly Shape[] = [
  anyCase('slack-webhook', String.raw`(hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/)([\w/-]{8,})`),
  anyCase('discord-webhook', String.raw`(discord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/)([\w/-]{16,})`),
  anyCase(
    'teams-webhook',
    String.raw`((?:webhook\.office\.com/webhookb2|outlook\.office(?:365)?\.com/webhook)/)([\w@/-]{16,})`,
  ),
]

/** Credentials as protocols and connection strings write them. */
const WRITTEN: readonly Shape[] = [
  // User and host stay. What follows a port, or stands in a query, is no password.
  anyCase(
    'url-password',
    String.raw`(https?://[^\s/?#@:"'<>\`\\]{0,256}:)(?!${HELD_ELSEWHERE}@|\d{1,5}[,;)])([^\s/?#"'<>\`\\]{1,1024})(?=@)`,
  ),
  anyCase(
    'url-password',
    String.raw`((?<!https?)://[^\s/?#@:"'<>\`\\]{0,256}:)(?!${HELD_ELSEWHERE}@)([^\s/"'<>\`\\]{1,1024})(?=@)`,
  ),
  // A lone user of a web address is a token more often than a name.
  anyCase('url-password', String.raw`(https?://)(?!${HELD_ELSEWHERE}@)([^\s/?#@:"'<>\`\\]{1,1024})(?=@)`),
  anyCase('azure-key', String.raw`((?:AccountKey|SharedAccessKey)\s{0,2}=\s{0,2})([A-Za-z0-9+/=%]{16,})`),
  anyCase(
    'url-signature',
    String.raw`([?&;](?:sig|signature|X-Amz-Signature|X-Amz-Security-Token|X-Goog-Signature|access_token|api_?key|token|key)=)([\w%+/=~.-]{16,})`,
    isMixed,
  ),
  anyCase(
    'authorization',
    String.raw`(authorization["']?\s{0,4}[:=]\s{0,4}["']?(?:(?:basic|bearer|token|digest|negotiate|aws4-hmac-sha256|apikey)\s{1,4}))(?![$<{]|\*{3})([^\s"',]{1,})`,
  ),
  anyCase('authorization', String.raw`(\bbearer\s{1,4})([\w.~+/=-]{16,})`, isMixed),
  anyCase('authorization', String.raw`(\bbasic\s{1,4})([A-Za-z0-9+/]{6,1024}={0,2})`, isBasic),
  anyCase(
    'authorization',
    String.raw`((?:x-api-key|x-auth-token|private-token|job-token|x-vault-token)["']?\s{0,4}[:=]\s{0,4}["']?)(?!\*{3})([^\s"',]{8,})`,
  ),
]

/** `NAME=value` and `"name": "value"` where the name says that it is secret. A sentence's full stop is not part of it. */
const ASSIGNED: readonly Shape[] = [
  anyCase(
    'assignment',
    String.raw`(${NAME}s?["']?\s{0,4}(?::=|=>|[:=])\s{0,4}["'\`])(?![$<{*])([^\s"'\`<>{}()]{6,})(?=["'\`])`,
    isAssigned,
  ),
  // A passphrase of two words.
  anyCase(
    'assignment',
    String.raw`(pass(?:w(?:or)?d|phrase)["']?\s{0,4}[:=]\s{0,4}["'])([^\s"'$<{*]{3,64} [^\s"'$<{*]{3,64})(?=["'])`,
  ),
  anyCase(
    'assignment',
    String.raw`(${NAME}s?=)(?![$<{*"'\`=])([^\s"'\`,;&<>{}()[\]|]{5,}[^\s"'\`,;&<>{}()[\]|.:!?])`,
    isAssigned,
  ),
  // As YAML and command lines write it: only what cannot be a word of a sentence.
  anyCase(
    'assignment',
    String.raw`((?:--${NAME}\s|${NAME}s?["']?(?:\s?=|:)\s)\s{0,3})(?![$<{*"'\`])([^\s"'\`,;<>{}()[\]|]{7,}[^\s"'\`,;<>{}()[\]|.:!?])`,
    (value) => isAssigned(value) && isMixed(value),
  ),
]

/** Longer shapes first: what two of them find counts as one. */
export const SHAPES: readonly Shape[] = [PRIVATE_KEY, ...PREFIXED, ...WEBHOOKS, ...WRITTEN, ...ASSIGNED]
