/** A real Chromium, for what only a browser decides: what a page may send, and what it may read. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'
import { onTestFinished } from 'vitest'

/** Undefined where none is installed. */
export const CHROMIUM = [
  '/usr/bin',
  ...(process.env['PATH'] ?? '').split(delimiter),
  '/Applications/Chromium.app/Contents/MacOS',
]
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome', 'Chromium'].map((name) => join(folder, name)))
  .find(existsSync)

/** It says nothing to anybody outside, and asks nobody for leave to reach this machine: the guard alone must do. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests',
]

/** A browser with nothing in it, to which DNS says that `names` lead to this machine. */
export async function aBrowser(names: readonly string[]): Promise<BrowserContext> {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-chromium-'))
  const rules = names.map((name) => `MAP ${name} 127.0.0.1`).join(',')
  const browser = await chromium.launchPersistentContext(folder, {
    headless: true,
    args: [...FLAGS, `--host-resolver-rules=${rules}`],
    ...(CHROMIUM !== undefined && { executablePath: CHROMIUM }),
  })
  onTestFinished(async () => {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return browser
}
