import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const pages = globSync('{README.md,CONTRIBUTING.md,docs/*.md,docs/decisions/*.md,deploy/*.md}')

/** Headings as GitHub makes anchors of them. */
function anchorsOf(page: string): readonly string[] {
  const headings = readFileSync(page, 'utf8').match(/^#{1,6} .+$/gm) ?? []
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : join(dirname(page), path)
  if (!existsSync(target)) return true
  return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).includes(anchor)
}

describe.each(pages)('%s', (page) => {
  it('leads only to files and headings that are there', () => {
    const text = readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```/gm, '')
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => String(link))
    const own = links.filter((link) => !/^[a-z]+:/.test(link))
    expect(own.filter((link) => isBroken(page, link))).toEqual([])
  })
})
