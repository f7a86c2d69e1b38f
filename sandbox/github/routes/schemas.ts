/** The inputs GitHub accepts, as far as the stand-in knows them; unknown fields are ignored, as GitHub ignores them. */
import * as z from 'zod'
import { type FieldProblem, invalid } from '../http/answers.ts'

/** GitHub's limits, in characters. */
const TITLE_CHARACTERS = 256
const BODY_CHARACTERS = 65_536
const LABEL_CHARACTERS = 50
const LABELS_PER_ISSUE = 100

const labelName = z.union([z.string(), z.object({ name: z.string() }).transform((label) => label.name)])
const labelNames = z.array(labelName)

export const newIssue = z.object({
  title: z.union([z.string(), z.number().transform(String)]).optional(),
  body: z.string().nullable().optional(),
  labels: labelNames.optional(),
})

export const issuePatch = newIssue.extend({
  state: z.enum(['open', 'closed']).optional(),
  state_reason: z.enum(['completed', 'not_planned', 'reopened', 'duplicate']).nullable().optional(),
})

/** Both `{"labels": […]}` and the bare list. */
export const labelSet = z.union([
  labelNames,
  z.object({ labels: labelNames.default([]) }).transform((set) => set.labels),
])

export const repositoryPatch = z.object({ archived: z.boolean().optional() })

export const newLabel = z.object({
  name: z.string().optional(),
  color: z
    .string()
    .regex(/^[0-9a-fA-F]{6}$/)
    .default('ededed'),
  description: z.string().max(100).nullable().default(null),
})

export const newComment = z.object({ body: z.string().optional() })

export const newPull = z.object({
  title: z.string().optional(),
  body: z.string().nullable().optional(),
  head: z.string().optional(),
  base: z.string().optional(),
  draft: z.boolean().default(false),
})

export const pullPatch = z.object({
  title: z.string().optional(),
  body: z.string().nullable().optional(),
  state: z.enum(['open', 'closed']).optional(),
})

export const merging = z.object({
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
  sha: z.string().optional(),
  merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
})

export const newReview = z.object({
  body: z.string().default(''),
  commit_id: z.string().optional(),
  event: z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT']).optional(),
  comments: z
    .array(z.object({ path: z.string().min(1), line: z.int().positive(), body: z.string().min(1) }))
    .default([]),
})

export interface Texts {
  readonly title?: string | undefined
  readonly body?: string | null | undefined
  readonly labels?: readonly string[] | undefined
}

/** Throws 422 for what is too long; `resource` is what GitHub calls the thing. */
export function checkTexts(resource: string, { title, body, labels = [] }: Texts): void {
  const problems: FieldProblem[] = []
  const tooLong = (field: string, most: number): FieldProblem => ({
    resource,
    code: 'custom',
    field,
    message: `${field} is too long (maximum is ${most} characters)`,
  })
  if (title !== undefined && title.trim() === '') problems.push({ resource, field: 'title', code: 'missing_field' })
  if (length(title) > TITLE_CHARACTERS) problems.push(tooLong('title', TITLE_CHARACTERS))
  if (length(body) > BODY_CHARACTERS) problems.push(tooLong('body', BODY_CHARACTERS))
  if (labels.length > LABELS_PER_ISSUE) problems.push(tooLong('labels', LABELS_PER_ISSUE))
  if (labels.some((name) => name.trim() === '' || length(name) > LABEL_CHARACTERS)) {
    problems.push({ resource: 'Label', field: 'name', code: 'invalid' })
  }
  if (problems.length > 0) throw invalid(...problems)
}

/** GitHub counts characters as its database does: an emoji is one. */
const length = (text: string | null | undefined): number => [...(text ?? '')].length

export const bodyLimit = BODY_CHARACTERS
export const characters = length
