/** Which models of which endpoints take no JSON Schema for their answer: learnt from a refusal, for the process's life. */

export interface SchemaSupport {
  accepts(endpoint: string, model: string): boolean
  /** The model answered without a schema what it had refused with one. */
  refused(endpoint: string, model: string): void
}

export function createSchemaSupport(
  warn: (message: string, details: Readonly<Record<string, unknown>>) => void,
): SchemaSupport {
  const without = new Set<string>()
  return {
    accepts: (endpoint, model) => !without.has(`${endpoint} ${model}`),
    refused(endpoint, model) {
      without.add(`${endpoint} ${model}`)
      warn('the endpoint refuses a JSON schema for answers; reviews are asked for in words', {
        endpoint: URL.parse(endpoint)?.origin,
        model,
      })
    },
  }
}
