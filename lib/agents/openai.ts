/** OpenAI's chat completions, and whatever speaks them at another address: vLLM, a proxy, a local model. */
import type { OpenAIProvider } from '@ai-sdk/openai'
import { askModel, fetchBy } from './sdk.ts'
import { type Access, NO_KEY, type Vendor, type VendorPorts } from './vendor.ts'

/** Chat completions rather than responses: this is what compatible servers serve. */
export function createOpenai({ baseUrl, apiKey, vendor, own }: Access, { post, clock, schemas }: VendorPorts): Vendor {
  let loading: Promise<OpenAIProvider> | undefined
  const provider = () => {
    loading ??= import('@ai-sdk/openai').then((sdk) =>
      sdk.createOpenAI({ baseURL: baseUrl, apiKey: apiKey ?? NO_KEY, fetch: fetchBy(post) }),
    )
    return loading
  }
  return (model) => ({
    vendor,
    model,
    own,
    ask: async (question, line) => {
      const openai = await provider()
      return askModel(
        { vendor, endpoint: baseUrl, name: model, model: openai.chat(model), clock, schemas },
        question,
        line,
      )
    },
  })
}
