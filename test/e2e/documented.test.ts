/** What the documentation gives to paste is pasted: the marked blocks of each page, in order, in one shell, on one stack. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aFolder, aStack, drop, endAll, type RunningStack } from './support/stack.ts'

const BLOCK = /^<!-- tested -->\n```sh\n([\s\S]*?)^```$/gm
const PATIENCE_MS = 240_000

const blocksOf = (page: string) => [...readFileSync(page, 'utf8').matchAll(BLOCK)].map(([, text]) => String(text))

describe(
  'the blocks to paste',
  () => {
    const dataDir = aFolder()
    let stack: RunningStack

    beforeAll(async () => {
      stack = await aStack({ dataDir })
    }, PATIENCE_MS)
    afterAll(async () => {
      await endAll()
      drop(dataDir)
    })

    /** Everything printed. Only the stack's folder is another than on the page. */
    const paste = async (page: string): Promise<string> => {
      const blocks = blocksOf(page).map((text) => text.replaceAll(/(?:\.\/|\$PWD\/)?\.local\//g, `${dataDir}/`))
      const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], COXSWAIN_DATA_DIR: dataDir }
      const script = ['set -eo pipefail', 'exec 2>&1', ...blocks].join('\n')
      const pasting = promisify(execFile)('bash', ['-c', script], { env, timeout: PATIENCE_MS })
      const { stdout } = await pasting.catch((error: { readonly stdout: string }) => {
        throw new Error(`A block of ${page} failed after saying:\n${error.stdout}`)
      })
      return stdout
    }

    it('of the README bring a worker of one’s own from an issue to a reworked pull request', async () => {
      const said = await paste('README.md')

      expect(said).toContain('"status":"healthy"')
      expect(said.match(/pull request open/g)?.length).toBeGreaterThanOrEqual(1)
      const notes = await changesOf(stack, 'Greet the visitor')
      expect(notes).toContain('+Greet the visitor: ahoy!')
      expect(notes).toContain('Greet them by name.')
    })

    it.each([
      ['docs/projects.md', 'Created cronjob run-dailyscrum-test-001-test-001-s12'],
      ['docs/workflows.md', 'stateDiagram-v2'],
      ['docs/councils.md', '1 agent-dev-00'],
    ])('of %s do what the page says', async (page, words) => {
      expect(await paste(page)).toContain(words)
    })
  },
  PATIENCE_MS,
)

/** The page of the pull request that was opened for the issue of this title. */
async function changesOf({ dev }: RunningStack, title: string): Promise<string> {
  const api = `${dev.stand_ins['github']}/repos/coxswain-demo/storefront/pulls?state=all`
  const pulls = (await (await fetch(api)).json()) as { readonly title: string; readonly html_url: string }[]
  const pull = pulls.find((one) => one.title.includes(title))
  return (await fetch(String(pull?.html_url))).text()
}
