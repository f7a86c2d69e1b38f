/**
 * A stranger's program in TypeScript: a client made from the description alone, used on a running stack. The test beside
 * it generates `api.ts`, compiles this file under strict rules without a cast, and runs it; it prints what it got.
 */
import createClient from 'openapi-fetch'
import type { components, paths } from './api.js'

type Work = components['schemas']['Work']

const [url = '', worker = '', operator = '', github = ''] = process.argv.slice(2)
const as = (token: string) => createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${token}` } })
const asWorker = as(worker)
const asOperator = as(operator)

/** The constants discriminate the union: the compiler knows the lease, or the reason. */
function leaseOf(work: Work): components['schemas']['Lease'] {
  if (work.work_available) return work.lease
  throw new Error(work.blocked ? work.reason : `Nothing to do for ${work.retry_after_seconds} s.`)
}

function answered<T>({ data, error }: { readonly data?: T; readonly error?: components['schemas']['Problem'] }): T {
  if (data === undefined) throw new Error(`${error?.code}: ${error?.detail}`)
  return data
}

const query = { worker_id: 'typed-client' }
const work = answered(await asWorker.GET('/work/next', { params: { query } }))
const lease = leaseOf(work)
if (!work.work_available) throw new Error('unreachable')
const { issue_number, repository } = work
const held = { ...query, issue_number, repository, lease_token: lease.token }

const pulse = answered(await asWorker.POST('/work/heartbeat', { body: held }))
const renewed = pulse.cancel ? pulse.reason : pulse.lease.expires_at

const queue = answered(await asOperator.GET('/queue', { params: { query: { status: 'in_progress' } } }))
const pr_url = `${github}/${repository}/pull/4711`
const completed = answered(await asWorker.POST('/work/complete', { body: { ...held, success: true, pr_url } }))

const path = { project_id: 'TEST-001' }
const plan = answered(
  await asOperator.POST('/orchestrate/project/{project_id}', { params: { path }, body: { dry_run: true } }),
)
const planned = 'dry_run' in plan ? plan.planned_actions : plan.actions_taken

const start = { feature_id: 'typed-client', description: 'Start from a typed client' }
const workflow = answered(await asOperator.POST('/workflow/start', { body: start }))

const refused = await asWorker.POST('/work/heartbeat', { body: held })

console.log(
  JSON.stringify({
    issue_number,
    branch: work.branch_name,
    token: lease.token,
    renewed,
    listed: queue.in_progress.map((item) => item.assigned_to),
    completed: completed.status,
    decision: plan.decisions.decision_type,
    planned,
    state: workflow.state,
    refused: refused.error?.code,
  }),
)
