/** A browser without a screen: opens pages as one, and sends their forms with whatever fields they hold. */

export interface Page {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  readonly url: string
}

const ACCEPT = { accept: 'text/html,application/xhtml+xml' }

export async function open(url: string): Promise<Page> {
  return pageOf(await fetch(url, { headers: ACCEPT }))
}

/** Sends the form of `page` that leads to `action`, as its button does; leads on to where the answer does. */
export async function submit(page: Page, action: string, fields: Readonly<Record<string, string>>): Promise<Page> {
  const form = page.text.split('<form ').find((part) => part.startsWith(`method="post" action="${action}"`))
  if (form === undefined) throw new Error(`The page has no form to ${action}.`)
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)]
  const body = new URLSearchParams({ ...Object.fromEntries(hidden.map(([, name, value]) => [name, value])), ...fields })
  return pageOf(await fetch(new URL(action, page.url), { method: 'POST', headers: ACCEPT, body }))
}

async function pageOf(response: Response): Promise<Page> {
  const { status, headers, url } = response
  return { status, headers, url, text: await response.text() }
}
