/** What the stand-in remembers: plain records, keyed by numbers so that renaming a repository touches nothing else. */
import type { Instant } from '#lib/clock'

export const ASSOCIATIONS = ['OWNER', 'MEMBER', 'COLLABORATOR', 'CONTRIBUTOR', 'NONE'] as const
export type Association = (typeof ASSOCIATIONS)[number]

/** Who did something, and how he is tied to the repository. */
export interface Actor {
  readonly login: string
  readonly association: Association
}

export interface RepositoryRecord {
  readonly id: number
  readonly owner: string
  readonly name: string
  readonly description: string | null
  /** The number given last, shared by issues and pull requests. */
  readonly last_number: number
  readonly created_at: Instant
  readonly updated_at: Instant
  readonly pushed_at: Instant
  /** An archived repository may be read, not written to. */
  readonly archived?: boolean | undefined
}

export interface LabelRecord {
  readonly id: number
  readonly repository: number
  readonly name: string
  /** Six hex digits without `#`. */
  readonly color: string
  readonly description: string | null
}

export interface MergeRecord {
  readonly at: Instant
  readonly by: string
  readonly commit: string
}

export interface PullRecord {
  readonly head: string
  readonly head_sha: string
  readonly base: string
  readonly base_sha: string
  readonly draft: boolean
  readonly merge: MergeRecord | null
}

export type StateReason = 'completed' | 'not_planned' | 'reopened' | 'duplicate'

/** An issue; with `pull` set, a pull request, which is an issue with branches. */
export interface IssueRecord {
  readonly id: number
  readonly repository: number
  readonly number: number
  readonly title: string
  readonly body: string | null
  readonly state: 'open' | 'closed'
  readonly state_reason: StateReason | null
  readonly labels: readonly string[]
  readonly author: Actor
  readonly comments: number
  readonly created_at: Instant
  readonly updated_at: Instant
  readonly closed_at: Instant | null
  readonly closed_by: string | null
  /** A deleted issue answers 410 and is in no list. */
  readonly deleted: boolean
  readonly pull: PullRecord | null
  /** When and by whom the body was changed last. */
  readonly edited?: { readonly at: Instant; readonly by: string } | undefined
  /** Only people with write access may comment on a locked issue. */
  readonly locked?: boolean | undefined
}

export type PullRequest = IssueRecord & { readonly pull: PullRecord }

export interface CommentRecord {
  readonly id: number
  readonly repository: number
  readonly number: number
  readonly body: string
  readonly author: Actor
  readonly created_at: Instant
  readonly updated_at: Instant
}

export type ReviewState = 'APPROVED' | 'CHANGES_REQUESTED' | 'COMMENTED' | 'PENDING'

export interface ReviewRecord {
  readonly id: number
  readonly repository: number
  readonly number: number
  readonly state: ReviewState
  readonly body: string
  readonly commit: string
  readonly author: Actor
  readonly submitted_at: Instant
}

/** A reviewer's remark on a line of the change. */
export interface RemarkRecord {
  readonly id: number
  readonly repository: number
  readonly number: number
  readonly review: number
  readonly path: string
  readonly line: number
  readonly body: string
  readonly commit: string
  readonly author: Actor
  readonly created_at: Instant
}

/** Something that happened to an issue, as GitHub's history has it. */
export interface EventRecord {
  readonly id: number
  readonly repository: number
  readonly number: number
  readonly event: 'labeled' | 'unlabeled' | 'renamed' | 'closed' | 'reopened'
  readonly actor: string
  readonly at: Instant
  readonly label?: string | undefined
  readonly rename?: { readonly from: string; readonly to: string } | undefined
}

export type Permission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none'

export interface PermissionRecord {
  readonly repository: number
  readonly login: string
  readonly permission: Permission
}

export type WriteKind = 'issue' | 'labels' | 'comment' | 'pull' | 'review'

/** One content write, kept for those who ask afterwards what was done to an issue, and in which order. */
export interface WriteRecord {
  readonly id: number
  readonly repository: number
  readonly number: number
  readonly kind: WriteKind
  readonly at: Instant
  /** The issue's labels once the write was done. */
  readonly labels: readonly string[]
}

/** An address a repository used to have. */
export interface AliasRecord {
  readonly repository: number
}

/** Every table by name, with what its rows are. */
export interface Tables {
  readonly repositories: RepositoryRecord
  readonly aliases: AliasRecord
  readonly labels: LabelRecord
  readonly issues: IssueRecord
  readonly comments: CommentRecord
  readonly reviews: ReviewRecord
  readonly remarks: RemarkRecord
  readonly writes: WriteRecord
  readonly events: EventRecord
  readonly permissions: PermissionRecord
}
