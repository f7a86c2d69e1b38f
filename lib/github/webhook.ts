/** Webhooks: whether one is GitHub's own, and what it says, as far as it matters. Its words are never carried on as facts. */
import { Webhooks } from '@octokit/webhooks'
import * as z from 'zod'
import { fromTimestamp } from '#lib/clock'
import { AppError } from '#lib/errors'
import type { Delivery, ReviewFact } from '#lib/queue/deliveries'
import { STATE_LABELS } from '#lib/queue/labels'
import { clean, shorten } from './text.ts'

export type Verify = (body: Buffer, signature: string | undefined) => Promise<void>

const SIGNATURE = /^sha256=[0-9a-f]{64}$/
/** A review longer than this would not be read by an agent either. */
const FEEDBACK_CHARACTERS = 8_000
const BRANCH_CHARACTERS = 250

/**
 * Checks `X-Hub-Signature-256` over the bytes that were sent. Throws `unauthenticated` when it is missing or another's;
 * the older SHA-1 header is not looked at.
 */
export function createVerify(secret: string): Verify {
  const webhooks = new Webhooks({ secret })
  return async (body, signature) => {
    const text = body.toString('utf8')
    // Bytes that are no UTF-8 would be read as other ones, and GitHub sends none.
    const isText = body.length > 0 && Buffer.from(text, 'utf8').equals(body)
    const isSigned = isText && signature !== undefined && SIGNATURE.test(signature)
    if (isSigned && (await webhooks.verify(text, signature))) return
    const message = 'X-Hub-Signature-256 is missing or does not fit the body. Both sides need the same secret.'
    throw new AppError('unauthenticated', message)
  }
}

const text = z.string().transform(clean)
const instant = z.string().transform(fromTimestamp).refine(Number.isFinite, 'is not a time')
const login = z.object({ login: z.string() })
const place = z.object({ full_name: z.string().transform((name) => name.toLowerCase()) })
const number = z.int().positive()

const issues = z.object({
  action: z.string(),
  issue: z.object({ number }),
  label: z.object({ name: z.string() }).nullish(),
  repository: place,
})

const pull = z.object({ number, head: z.object({ ref: text }) })

const pullRequest = z.object({
  action: z.string(),
  pull_request: pull.extend({ merged: z.boolean().nullish(), updated_at: instant }),
  repository: place,
  sender: login.nullish(),
})

const pullRequestReview = z.object({
  action: z.string(),
  review: z.object({ state: z.string(), body: text.nullish(), user: login.nullish(), submitted_at: instant.nullish() }),
  pull_request: pull,
  repository: place,
})

/** Changes of an issue that may mean something to the queue. */
const TELLING = ['opened', 'edited', 'deleted', 'transferred', 'closed', 'reopened', 'labeled', 'unlabeled']
const GHOST = 'ghost'

/** What a webhook asks for; undefined when it is nothing to us. Throws `invalid` for a payload that is none of GitHub's. */
export function deliveryOf(event: string, id: string, payload: unknown): Delivery | undefined {
  switch (event) {
    case 'issues':
      return ofIssue(id, read(issues, payload))
    case 'pull_request':
      return ofPull(id, read(pullRequest, payload))
    case 'pull_request_review':
      return ofReview(id, read(pullRequestReview, payload))
    default:
      return undefined
  }
}

function ofIssue(id: string, { action, issue, label, repository }: z.output<typeof issues>): Delivery | undefined {
  // A state label that comes is our own, or one that the queue leaves alone; one that goes may be a person's wish.
  const isOurs = action === 'labeled' && STATE_LABELS.some((state) => state === label?.name.toLowerCase())
  if (!TELLING.includes(action) || isOurs) return undefined
  return { kind: 'issue', id, repository: repository.full_name, number: issue.number }
}

function ofPull(id: string, told: z.output<typeof pullRequest>): Delivery | undefined {
  const { action, pull_request, repository, sender } = told
  if (action !== 'closed' && action !== 'reopened') return undefined
  const verdict = action === 'reopened' ? 'reopened' : pull_request.merged ? 'merged' : 'closed'
  const said = { verdict, feedback: '', by: sender?.login ?? GHOST, at: pull_request.updated_at } as const
  return { kind: 'review', id, fact: factOf(repository.full_name, pull_request, said) }
}

function ofReview(id: string, told: z.output<typeof pullRequestReview>): Delivery | undefined {
  const { action, review, pull_request, repository } = told
  const verdict = review.state.toLowerCase()
  if (action !== 'submitted' || (verdict !== 'approved' && verdict !== 'changes_requested')) return undefined
  const feedback = shorten(review.body ?? '', FEEDBACK_CHARACTERS)
  const said = { verdict, feedback, by: review.user?.login ?? GHOST, at: review.submitted_at ?? 0 } as const
  return { kind: 'review', id, fact: factOf(repository.full_name, pull_request, said) }
}

function factOf(
  repository: string,
  of: z.output<typeof pull>,
  said: Pick<ReviewFact, 'verdict' | 'feedback' | 'by' | 'at'>,
): ReviewFact {
  return { repository, pull: of.number, branch: of.head.ref.slice(0, BRANCH_CHARACTERS), ...said }
}

function read<T extends z.ZodType>(schema: T, payload: unknown): z.output<T> {
  const parsed = schema.safeParse(payload)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  throw new AppError('invalid', 'This is not a webhook as GitHub sends it.', { errors })
}
