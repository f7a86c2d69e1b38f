/** Anthropic's Messages API as a backend. Its SDK is loaded with the first question. */
import type { AnthropicProvider } from '@ai-sdk/anthropic'
import { askModel, fetchBy } from './sdk.ts'
import { type Access, NO_KEY, type Vendor, type VendorPorts } from './vendor.ts'

export function createAnthropic(
  { baseUrl, apiKey, vendor, own }: Access,
  { post, clock, schemas }: VendorPorts,
): Vendor {
  let loading: Promise<AnthropicProvider> | undefined
  const provider = () => {
    loading ??= import('@ai-sdk/anthropic').then((sdk) =>
      sdk.createAnthropic({ baseURL: baseUrl, apiKey: apiKey ?? NO_KEY, fetch: fetchBy(post) }),
    )
    return loading
  }
  return (model) => ({
    vendor,
    model,
    own,
    ask: async (question, line) => {
      const anthropic = await provider()
      return askModel(
        { vendor, endpoint: baseUrl, name: model, model: anthropic(model), clock, schemas },
        question,
        line,
      )
    },
  })
}
