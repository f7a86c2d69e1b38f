import { chmodSync, lstatSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { closeFolder } from '#sandbox/stack/closed-folder'

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-closed-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('a data folder', () => {
  it('is made closed', () => {
    const path = join(aFolder(), 'a/b')
    closeFolder(path)
    expect(lstatSync(path).mode & 0o777).toBe(0o700)
  })

  it.each([0o777, 0o1777])('is refused and left as it is where everybody may write, as in /tmp: %o', (mode) => {
    const path = aFolder()
    chmodSync(path, mode)
    expect(() => closeFolder(path)).toThrow(/everybody may write there\. Set COXSWAIN_DATA_DIR/)
    expect(lstatSync(path).mode & 0o7777).toBe(mode)
  })
})
