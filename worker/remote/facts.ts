/** What the host of a repository knows that Git does not tell. */

/** What became of a pull request. */
export type Fate = 'open' | 'merged' | 'closed'

export interface Located {
  /** `owner/repo` as it is called now. */
  readonly repository: string
  readonly default_branch: string
}

/** Errors of both: AppError `rate_limited` and `upstream_unavailable` may pass; `forbidden`, `not_found` and `invalid` will not. */
export interface RemoteFacts {
  /** Follows a rename or transfer on the same host. */
  locate(repository: string): Promise<Located>
  /** The fate of the pull request from `branch`: an open one if there is any, else the newest; null when there was none. */
  fateOf(repository: string, branch: string): Promise<Fate | null>
}
