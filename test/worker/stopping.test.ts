import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { appears, aWorker, aWorld, dies, isAlive, oneJob } from '#test/helpers/worker/world'

/** A command that says it is there, and stays until it is stopped. */
const stay = (folder: string) => `echo $$ > '${folder}/pid.new'; mv '${folder}/pid.new' '${folder}/pid'; exec sleep 600`
const pidIn = async (folder: string) => Number(await readFile(join(folder, 'pid'), 'utf8'))

describe('the end of a lease', () => {
  it.each([
    ['lost', { status: 409, body: { code: 'lease_lost', detail: 'w2 holds it' } }],
    ['cancelled', { body: { lease: null, cancel: true, reason: 'issue closed' } }],
    ['out of reach', { status: 503 }],
  ])('that is %s stops the command and reports nothing', async (_, heartbeat) => {
    const world = await aWorld()
    world.anIssue()
    world.orchestrator.leaseFor(2000)

    const worker = await aWorker(world, stay(world.folder))
    await appears(join(world.folder, 'pid'))
    world.orchestrator.always('heartbeat', heartbeat)
    await worker.done

    expect(isAlive(await pidIn(world.folder))).toBe(false)
    expect(world.orchestrator.calls.map(({ route }) => route).filter((route) => route !== 'heartbeat')).toEqual([
      'next',
    ])
    expect(await world.pulls()).toEqual([])
  })

  it('finds the command dead before anyone else can hold the lease', async () => {
    const world = await aWorld()
    world.anIssue()
    world.orchestrator.leaseFor(2400)

    const worker = await aWorker(world, `trap '' TERM; echo $$ > '${world.folder}/pid'; while :; do sleep 0.05; done`)
    await appears(join(world.folder, 'pid'))
    const began = Date.now()
    world.orchestrator.always('heartbeat', { status: 503 })
    await worker.done

    expect(isAlive(await pidIn(world.folder))).toBe(false)
    expect(Date.now() - began).toBeLessThan(2900)
  })

  it('kills the children of the command too', async () => {
    const world = await aWorld()
    world.anIssue()
    const child = `sh -c 'trap "" TERM; echo $$ > "${world.folder}/pid.new"; mv "${world.folder}/pid.new" "${world.folder}/pid"; sleep 600; :' & wait`
    const worker = await aWorker(world, child)
    await appears(join(world.folder, 'pid'))
    worker.stop()
    await worker.done

    await dies(await pidIn(world.folder))
    expect(world.orchestrator.of('release')).toHaveLength(1)
  })

  it('ends what went off into a session of its own', async () => {
    const world = await aWorld()
    world.anIssue()
    const away = stay(world.folder).replaceAll("'", '"')
    await oneJob(world, `setsid sh -c '${away}' & while ! test -f '${world.folder}/pid'; do sleep 0.02; done; exit 1`)

    await dies(await pidIn(world.folder))
  })

  it('that was cancelled is given back when it is handed out again', async () => {
    const world = await aWorld()
    world.anIssue()
    world.orchestrator.leaseFor(1500)

    const worker = await aWorker(world, stay(world.folder), { WORKER_MAX_JOBS: '0' })
    await appears(join(world.folder, 'pid'))
    world.orchestrator.answer('heartbeat', { body: { lease: null, cancel: true } })
    await world.orchestrator.called('release')
    worker.stop()
    await worker.done

    expect(world.orchestrator.of('release')[0]?.body).toMatchObject({ lease_token: 1 })
    expect(worker.lines.filter((line) => line.includes('running the command'))).toHaveLength(1)
  })
})
