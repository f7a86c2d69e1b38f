/** The vendors that are known by name: where they live and which models are theirs. */

export type VendorKind = 'anthropic' | 'openai'

export const VENDOR_URLS: Readonly<Record<VendorKind, string>> = {
  anthropic: 'https://api.anthropic.com/v1',
  openai: 'https://api.openai.com/v1',
}

/** Asked when LLM_MODEL is not set. */
export const DEFAULT_MODELS: Readonly<Record<VendorKind, string>> = {
  anthropic: 'claude-sonnet-4-5',
  openai: 'gpt-4.1',
}

/**
 * Who answers for a model among those configured; null when nobody does. Models called `claude…` are Anthropic's when it
 * is configured, else whoever speaks OpenAI's protocol may serve them; every other name belongs to that protocol alone.
 */
export function vendorOf(model: string, configured: Readonly<Record<VendorKind, boolean>>): VendorKind | null {
  if (/^claude/i.test(model) && configured.anthropic) return 'anthropic'
  return configured.openai ? 'openai' : null
}
