/** The examples of an operation: one request, and its answers by status and name. Plain values. */

/** By the name of what is shown, e.g. `blocked`. */
export type Named = Readonly<Record<string, unknown>>

export interface OperationExamples {
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Absent where the request has no body. */
  readonly body?: unknown
  /** By status. */
  readonly answers: Readonly<Record<string, Named>>
}

export interface Examples {
  /** By the operation's id. */
  readonly operations: Readonly<Record<string, OperationExamples>>
  /** Whole problem documents, by code. */
  readonly problems: Named
}

/** What is read of the sample of an HTTP function (`events/<name>.json`). */
export interface Sample {
  readonly pathParameters?: Readonly<Record<string, string>>
  readonly queryStringParameters?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The examples of an operation, from its function's sample and the answers that are kept for it. */
export function examplesOf(sample: Sample, answers: OperationExamples['answers']): OperationExamples {
  const { pathParameters: params = {}, queryStringParameters: query = {}, headers = {}, body } = sample
  return { params, query, headers, ...(body !== undefined && { body: JSON.parse(body) as unknown }), answers }
}

/** As the description's `examples` of a media type. */
export function shown(named: Named): Readonly<Record<string, { readonly value: unknown }>> {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, { value }]))
}
