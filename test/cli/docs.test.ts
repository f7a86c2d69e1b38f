import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '#cli/commands'
import { coxswain } from '#test/helpers/cli'

const PAGE = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')

/** What the page shows of `npx coxswain help …`, by the words behind `help`. */
const shown = new Map(
  [...PAGE.matchAll(/^```text\n\$ npx coxswain help ?([^\n]*)\n(.*?)\n```$/gms)].map(([, words = '', text = '']) => [
    words,
    text,
  ]),
)

describe('docs/cli.md', () => {
  it('shows every command', () => {
    expect([...shown.keys()]).toEqual(['', ...COMMANDS.map(({ name }) => name)])
  })

  it.each([...shown.keys()])('shows the help of "%s" as it is printed', async (words) => {
    const { out } = await coxswain(['help', ...words.split(' ').filter((word) => word !== '')])
    expect(shown.get(words)).toBe(out)
  })
})
