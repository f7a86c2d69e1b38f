import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { remarksOnGitHub } from '#sandbox/stack/github'
import { readSettings } from '#sandbox/stack/settings'

describe('a start with GitHub itself', () => {
  it('says that the issues of the stand-in are still in the queue of the same folder', () => {
    const dataDir = aFolder()
    mkdirSync(join(dataDir, 'github'))

    const [remark, ...others] = remarksOnGitHub({ github: configured(), dataDir })

    expect(remark).toContain(
      `with the data in ${dataDir}: a worker is offered its waiting issues beside those of acme/shop.`,
    )
    expect(remark).toContain('COXSWAIN_DATA_DIR')
    expect(others).toEqual([])
  })

  it('says nothing where the stand-in was never used', () => {
    expect(remarksOnGitHub({ github: configured(), dataDir: aFolder() })).toEqual([])
  })

  it('says nothing when the stand-in is used again', () => {
    const dataDir = aFolder()
    mkdirSync(join(dataDir, 'github'))

    expect(remarksOnGitHub({ github: undefined, dataDir })).toEqual([])
  })
})

const configured = () => readSettings({ GITHUB_REPO: 'acme/shop', GITHUB_TOKEN: 'a-token' }).github

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-github-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}
