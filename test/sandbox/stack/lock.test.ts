import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { takeFolder } from '#sandbox/stack/lock'
import { hasGroup, identify } from '#sandbox/stack/processes'

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'coxswain-lock-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A process in a group of its own that stays until it is ended. */
async function aStray() {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  await once(child, 'spawn')
  const pid = child.pid ?? 0
  onTestFinished(() => void child.kill('SIGKILL'))
  return { pid, id: identify(pid), ended: once(child, 'exit') }
}

const leave = (folder: string, value: unknown) => writeFileSync(join(folder, 'stack.lock'), JSON.stringify(value))
/** No process has ever begun then. */
const LONG_GONE = { pid: process.pid, began: 'in another age' }

describe('the lock of a data folder', () => {
  it('is refused while its owner runs, who is named', async () => {
    const folder = aFolder()
    const lock = await takeFolder(folder)

    await expect(takeFolder(folder)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`process ${process.pid}`),
    })
    lock.release()
    await expect(takeFolder(folder)).resolves.toBeDefined()
  })

  it('is taken from an owner who is gone, and what he left running is ended', async () => {
    const folder = aFolder()
    const stray = await aStray()
    leave(folder, { owner: LONG_GONE, groups: [stray.id] })

    await takeFolder(folder)

    await stray.ended
    expect(hasGroup(stray.pid)).toBe(false)
  })

  it('leaves a stranger alone who was given the number of a process from before', async () => {
    const folder = aFolder()
    const stranger = await aStray()
    leave(folder, { owner: LONG_GONE, groups: [{ pid: stranger.pid, began: 'in another age' }] })

    await takeFolder(folder)

    expect(hasGroup(stranger.pid)).toBe(true)
  })

  it('is taken when its file cannot be read', async () => {
    const folder = aFolder()
    writeFileSync(join(folder, 'stack.lock'), '{"owner":')

    const lock = await takeFolder(folder)
    lock.release()

    expect(existsSync(join(folder, 'stack.lock'))).toBe(false)
  })
})
