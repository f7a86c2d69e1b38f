/** The outcomes of a council that are not an answer, by the names of gRPC's status codes. */

export const COUNCIL_CODES = [
  'INVALID_ARGUMENT',
  'UNIMPLEMENTED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'CANCELLED',
] as const
export type CouncilCode = (typeof COUNCIL_CODES)[number]

export class CouncilError extends Error {
  override readonly name = 'CouncilError'
  readonly code: CouncilCode
  /** Which field of the request is wrong, for INVALID_ARGUMENT. */
  readonly field: string | undefined
  /** After how many ms a repeat makes sense, for RESOURCE_EXHAUSTED and UNAVAILABLE. */
  readonly retryAfterMs: number | undefined
  /** The run that came to this, when there is one. */
  readonly executionId: string | undefined

  constructor(
    code: CouncilCode,
    message: string,
    about: { field?: string; retryAfterMs?: number; executionId?: string; cause?: unknown } = {},
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause })
    this.code = code
    this.field = about.field
    this.retryAfterMs = about.retryAfterMs
    this.executionId = about.executionId
  }
}
