/** Expressions that recheck does not prove linear, each with the reason why it is harmless all the same. */
import type { Exceptions } from './report.ts'

/** `(?<!x)x+$` looks at a whole run of x from its first character only, since the others have an x before them. */
const RUN_AT_THE_END = 'A run is entered at its first character alone; recheck tries each of its characters.'
/** What does not change with the text's length is no more than a factor. */
const BOUNDED = 'Each place where it may begin is looked at over a bounded number of characters.'
const APART = 'A match begins at a word or mark that the repeats behind it cannot contain, so no two looks overlap.'
const ANCHORED = 'It is tried at the beginning of a text or line alone, and its repeats share no characters.'

export const EXCEPTIONS: Exceptions = {
  allowed: {
    '/(?<!-)-+$/': RUN_AT_THE_END,
    '/(?<!\\d)\\d+$/': RUN_AT_THE_END,
    '/(?<!\\.)\\.+$/': RUN_AT_THE_END,
    '/\\b(rank|score|rate|vote|pick|choose|prefer)\\b.{0,40}\\b(me|this (proposal|one)|first|highest|1\\.0|full marks)\\b|\\bignore (all|any|the|your) (previous|prior|other|rules|instructions)|\\b(the )?best (proposal|answer|solution) (of all|here|by far)/i':
      BOUNDED,
    '/"(?:compilerOptions|tsconfig|references|typeAcquisition|editor\\.\\w+|files\\.\\w+|deno\\.\\w+)"\\s*:/': APART,
    '/User "[^"]{1,300}" cannot ([a-z]{1,30}) resource "([a-z./-]{1,100})"/': BOUNDED,
    '/<([^<>]*)>\\s*;[^,<]*?\\brel="?([a-z]+)"?/g': APART,
    '/^\\s{0,3}(?:(#{1,6}|[-*+])\\s+)?[*_]{0,3}(depends[ -]on|dependencies|files)[*_]{0,3}\\s*(:?)[*_]{0,3}/i':
      ANCHORED,
    '/\\((?:see|cf|related|relates|blocks|unblocks)\\b[^()]*\\)?/gi': APART,
    '/^[\\s*_`>]{0,20}(?:(?:[\\w-]+\\/[\\w.-]+)?#\\d|https?:)/': ANCHORED,
    '/^(?:true|false|null|none|undefined|nil|string|number|required|optional|missing|redacted|\\*+|x+|process\\.env.*|os\\.environ.*|env\\..*|secrets\\..*|include|omit|same-origin|anonymous|[\\^~]\\d.*)$/i':
      ANCHORED,
    '/^Write `(\\w+)` in `(src(?:\\/\\w+)+\\.ts)`\\.$/m': ANCHORED,
    '/\\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\\s+#(\\d{1,9})\\b/gi': APART,
    '/^\\/[^/]+\\/[^/]+?(\\.git)?(?=\\/|$)/': ANCHORED,
    '/^- (.{1,200})$/gm': BOUNDED,
    '/`([^`\\n]{1,500})`|\\bhttps?:\\/\\/[^\\s<>"\'`]{1,500}|(?<![\\w/&])#(\\d{1,9})\\b/g': BOUNDED,
    '/^(?:\\*\\.)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/': ANCHORED,
    '/^(?:agent-hub|cluster|compile-cache|cursors|demo-workspace|dev\\.json|dynamodb\\.db.*|github|logs|stack\\.lock.*|upstream)$/':
      ANCHORED,
    '/^[✗✘✖×]|\\berror\\b|^\\w*Error\\b|\\bE[A-Z]{4,}\\b|\\[ERR_|\\b(?:cannot|could not|failed|refused|denied)\\b/i':
      ANCHORED,
    '/\\bGH001\\b|exceeds .{0,40}file size limit|pack exceeds maximum allowed size|error: 413/i': BOUNDED,
    '/refusing to allow .{0,80}workflow/i': BOUNDED,
    "/refs\\/heads\\/\\S{1,200}' exists; cannot create|directory\\/file conflict|conflicting ref/i": BOUNDED,
    '/error: 40[34]|Permission to \\S{1,200} denied|Write access to repository not granted|Repository not found|archived/i':
      BOUNDED,
    '/\\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(:?\\s+)(?=\\S*(?:#|\\/issues\\/)\\d)/gi':
      'Only a title is read by it, which is cut to 120 characters right before.',
  },
  made: {
    "new RegExp(sources.map((source) => `(?:${source})`).join('|'), flags)":
      'Patterns of the policy, which lib/checks/patterns.ts admits, on pieces of 4,000 characters.',
    'new RegExp(source, flags)': 'The same patterns one by one, on the same pieces.',
    "new RegExp(source, ignoreCase ? 'giu' : 'gu')":
      'Patterns that an operator configures: nested repeats and references back are refused, and a text is seen in pieces of 4,000 characters.',
    "new RegExp(source, 'u')": 'The same patterns, tried on the empty text.',
    "new RegExp(source, 'g')": 'The table of credentials; what comes out of it is judged, see `tables`.',
    "new RegExp(source, 'gi')": 'The table of credentials; what comes out of it is judged, see `tables`.',
    'new RegExp(source)': 'A fault that a test orders of a stand-in, matched on the path of a call.',
    "new RegExp(`^\\\\[([0-9a-f]{16}) ${label} begins\\\\]\\\\n`, 'm')":
      'The label is a word of the code, and the rest has one length.',
  },
  tables: {
    'lib/secrets/shapes.ts':
      'Each begins at a marker that what follows cannot contain, or its repeats are bounded; `npm run bench:parsers` measures all of them together.',
  },
}
