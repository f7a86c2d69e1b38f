/** What a run has spent reaches the orchestrator, however the run ends. */
import { describe, expect, it } from 'vitest'
import { aProcess, appears, aWorker, aWorld, oneJob, stageIs } from '#test/helpers/worker/world'

const USAGE = { input_tokens: 12, output_tokens: 3, cost_usd: 0.25, seconds: 9 }
const state = (usage: object = USAGE) => `echo '${JSON.stringify(usage)}' > "$COXSWAIN_USAGE_FILE"`
const EDIT = 'echo done > done.txt'

describe('what a run has spent', () => {
  it.each([
    ['fails', `${state()}; exit 3`, 'failed'],
    ['is limited by its vendor', `${state()}; exit 75`, 'rate_limited'],
    ['changes nothing', state(), 'failed'],
    ['leaves a tree that is refused', `${state()}; ${EDIT}; rm -rf .git`, 'failed'],
  ])('is in the report of one that %s', async (_, script, kind) => {
    const world = await aWorld()
    world.anIssue()
    await oneJob(world, script)
    expect(world.orchestrator.of('failed')).toMatchObject([{ body: { kind, usage: USAGE } }])
  })

  it('is in the report of one whose push is refused', async () => {
    const world = await aWorld()
    world.anIssue()
    world.github.fail({ match: { path: /receive-pack/ }, times: 100, status: 403 })
    await oneJob(world, `${state()}; ${EDIT}`)
    expect(world.orchestrator.of('failed')).toMatchObject([{ body: { kind: 'failed', usage: USAGE } }])
  })

  it('is told by heartbeats as it grows, and when the job is given back', async () => {
    const world = await aWorld()
    world.anIssue()
    world.orchestrator.leaseFor(1_500)
    const first = { ...USAGE, cost_usd: 0.1 }
    const worker = await aWorker(world, `${state(first)}; echo > '${world.folder}/there'; exec sleep 600`)
    await appears(`${world.folder}/there`)
    const beats = world.orchestrator.of('heartbeat').length
    const { body } = await world.orchestrator.called('heartbeat', beats + 2)
    worker.stop()
    await worker.done

    expect(body).toMatchObject({ usage: first, usage_since: 'lease' })
    expect(world.orchestrator.of('release')).toMatchObject([{ body: { usage: first, usage_since: 'lease' } }])
  })

  it('is not lost by a crash: the second run under the same lease adds to it', async () => {
    const world = await aWorld()
    world.anIssue()
    const crashed = await aProcess(world, `${state()}; echo > '${world.folder}/there'; exec sleep 600`)
    await appears(`${world.folder}/there`)
    crashed.child.kill('SIGKILL')
    await crashed.ended

    const second = await aProcess(world, `${state()}; ${EDIT}`)
    await second.ended

    const sum = { input_tokens: 24, output_tokens: 6, cost_usd: 0.5, seconds: 18 }
    expect(world.orchestrator.of('complete')).toMatchObject([{ body: { usage: sum, usage_since: 'lease' } }])
  })

  it('is told in full by a worker that was killed after its push', async () => {
    const world = await aWorld()
    world.anIssue()
    world.github.fail({ match: { method: 'POST', path: /\/pulls$/ }, hang: true })
    const killed = await aProcess(world, `${state()}; ${EDIT}`)
    await stageIs(world.workspace, 'pushed')
    killed.child.kill('SIGKILL')
    await killed.ended
    world.github.heal()

    const second = await aProcess(world, 'exit 1')
    await second.ended

    expect(world.orchestrator.of('complete')).toMatchObject([{ body: { usage: USAGE } }])
  })
})
