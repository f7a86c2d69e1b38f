/** The inputs GitHub accepts, as far as the stand-in knows them; unknown fields are ignored, as GitHub ignores them. */
import * as z from 'zod'

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
