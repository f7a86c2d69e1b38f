/** The readers of text that comes from outside: people, models, agents, remotes. */
import { jsonIn } from '#lib/agents/json-text'
import { featuresOf } from '#lib/agents/offline/features'
import { readJudgement, readProposal, readReviews } from '#lib/agents/reading'
import { dimensionsOf } from '#lib/agents/rubric'
import { codeBlocks } from '#lib/checks/fences'
import { isCommentedFile, jsonLines, withoutCaption, withoutComments } from '#lib/checks/json-dialects'
import { jsonFault } from '#lib/checks/json-fault'
import { policy } from '#lib/checks/policy'
import { unmetRequirements } from '#lib/checks/requirements'
import { BUILT_IN_RULES } from '#lib/checks/rules'
import type { Task } from '#lib/councils/model'
import { parseSchedule } from '#lib/cron/parse'
import { cursorOf } from '#lib/github/pages'
import { clean, defuse, shorten, textOf } from '#lib/github/text'
import { parseHosts } from '#lib/hosts/config'
import { parseKnownHosts } from '#lib/hosts/known-hosts'
import { redactText } from '#lib/http/redact'
import { declaredIn } from '#lib/queue/declared'
import { boundedGlobs, mayBeFolder, tidyGlob } from '#lib/queue/globs'
import { referencesIn } from '#lib/queue/references'
import { maskLines, maskSecrets } from '#lib/secrets/secrets'
import { slugOf } from '#lib/workflows/slug'
import { readCredential } from '#sandbox/github/http/auth'
import { reasonIn } from '#sandbox/stack/log-reason'
import { parseArgv } from '#worker/argv'
import { createMask } from '#worker/mask'
import { sentencesOf } from '#worker/refusals'
import { createScanner } from '#worker/secrets/scanner'
import { parseRaw } from '#worker/tree/gits'
import { oneLine } from '#worker/words'

export interface Reader {
  readonly name: string
  /** Its errors are answers, too. */
  readonly read: (text: string) => unknown
}

const TASK: Task = {
  description: 'Add a retry to the client',
  role: 'developer',
  rubric: '',
  requirements: ['A test shows that it waits.'],
  metadata: {},
}
const DIMENSIONS = dimensionsOf('clarity, safety')
const mask = createMask(['correct horse battery staple', 'k7Jp2mQ9xT4vB8nL'])

export const READERS: readonly Reader[] = [
  { name: 'issue body: declarations', read: (text) => declaredIn(text, 'acme/shop') },
  { name: 'declaration: references', read: (text) => referencesIn(text, 'acme/shop') },
  { name: 'declaration: globs', read: (text) => boundedGlobs([tidyGlob(text)]).map(mayBeFolder) },
  { name: 'answer: JSON in prose', read: jsonIn },
  { name: 'answer: reviews', read: (text) => readReviews(text, DIMENSIONS, [1, 2]) },
  { name: 'answer: judgement', read: (text) => readJudgement(text, [1, 2]) },
  { name: 'answer: proposal', read: readProposal },
  { name: 'answer: features', read: (text) => featuresOf(text, TASK) },
  { name: 'rubric', read: dimensionsOf },
  { name: 'proposal: code blocks', read: codeBlocks },
  { name: 'proposal: JSON with comments', read: (text) => [withoutComments(text), isCommentedFile(text)] },
  { name: 'proposal: lines of JSON', read: (text) => [jsonLines(text), jsonFault(text), withoutCaption(text)] },
  { name: 'proposal: policy', read: (text) => policy(BUILT_IN_RULES, TASK, text, []) },
  { name: 'proposal: requirements', read: (text) => unmetRequirements(TASK.requirements, text) },
  { name: 'secrets in text', read: maskSecrets },
  { name: 'secrets in lines', read: (text) => maskLines(text.split('\n')) },
  { name: 'log: redaction', read: redactText },
  { name: 'web page: words', read: textOf },
  { name: 'comment: made safe', read: (text) => shorten(defuse(clean(text)), 60_000) },
  { name: 'header: link', read: (text) => cursorOf(text, 'next') },
  { name: 'header: authorization', read: readCredential },
  { name: 'cron schedule', read: parseSchedule },
  { name: 'hosts', read: parseHosts },
  { name: 'known hosts', read: parseKnownHosts },
  { name: 'feature: slug', read: slugOf },
  { name: 'worker: mask', read: mask },
  { name: 'worker: title', read: (text) => oneLine(text) },
  { name: 'worker: command line', read: parseArgv },
  { name: "worker: git's refusal", read: sentencesOf },
  { name: "worker: git's changes", read: parseRaw },
  { name: 'worker: scanner', read: (text) => createScanner(['k7Jp2mQ9xT4vB8nL']).write(Buffer.from(text)) },
  { name: 'stack: reason in a log', read: reasonIn },
]
