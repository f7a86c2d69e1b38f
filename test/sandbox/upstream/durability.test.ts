import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aFolder, aStandIn, send } from './helpers.ts'

async function aProgram(dataDir: string): Promise<{ child: ChildProcess; url: string }> {
  const main = join(import.meta.dirname, '../../../sandbox/upstream/main.ts')
  const child = spawn(process.execPath, [main, '--port', '0', '--data', dataDir, '--seed'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
  return { child, url: /^upstream stand-in ready (\S+)\n$/.exec(line)?.[1] ?? '' }
}

describe('the program', () => {
  it('loses nothing it acknowledged when it is killed, and does not seed twice', async () => {
    const dataDir = await aFolder()
    const first = await aProgram(dataDir)
    await send(`${first.url}/sprint/sprints/TEST-001-S12/close`, 'POST')
    const opened = await send(`${first.url}/sprint/sprints/TEST-001`, 'POST', {
      sprint_name: 'Next',
      duration_weeks: 1,
    })
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')

    const second = await aProgram(dataDir)

    const sprints = await send(`${second.url}/sprint/sprints/by-project/TEST-001`)
    expect(opened.body).toMatchObject({ sprint_id: 'TEST-001-S13', assigned_tasks_count: 16 })
    expect(sprints.body).toHaveLength(13)
    expect(sprints.body[0]).toMatchObject({ sprint_id: 'TEST-001-S13', status: 'in_progress' })
    expect(sprints.body[1]).toMatchObject({ sprint_id: 'TEST-001-S12', status: 'closed_with_pending_tasks' })
  })

  it('ends on SIGTERM', async () => {
    const { child } = await aProgram(await aFolder())

    child.kill('SIGTERM')

    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

describe('a restart', () => {
  it('keeps the order of things, and drops a line that was being written', async () => {
    const dataDir = await aFolder()
    const first = await aStandIn({ dataDir })
    first.seed.project({ id: '10', unassigned: 1 })
    first.seed.project({ id: '9' })
    await first.close()
    await appendFile(join(dataDir, 'journal.ndjson'), '[{"t":"projects","k":"8","v":{"id')

    const second = await aStandIn({ dataDir })

    expect(second.store.projects().map(({ id }) => id)).toEqual(['10', '9'])
    expect(second.store.tasks('10')).toHaveLength(1)
  })
})
