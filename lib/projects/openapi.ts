/** The routes of projects for the API's description. */
import type { RouteDoc } from '#lib/openapi/route'
import * as answers from './answers.ts'
import * as schemas from './schemas.ts'

const tag = 'Projects'
const PROJECT = '/orchestrate/project/{project_id}'
const policyNow = { 200: { description: 'The policy as it is now.', schema: answers.policyAnswer } }

const deciding: readonly RouteDoc[] = [
  {
    id: 'projectOrchestrate',
    method: 'post',
    path: PROJECT,
    summary: 'Look at a project, decide what it needs, and do it',
    tag,
    scope: 'operator',
    params: schemas.projectPath,
    body: schemas.orchestrateBody,
    idempotent: true,
    answers: { 200: { description: 'What was decided and done.', schema: answers.orchestration } },
    problems: [404],
  },
  {
    id: 'projectStatus',
    method: 'get',
    path: `${PROJECT}/status`,
    summary: 'Where a project stands',
    tag,
    scope: 'reader',
    params: schemas.projectPath,
    answers: { 200: { description: 'Sprint, backlog, CronJobs, trends.', schema: answers.projectStatus } },
    problems: [404],
  },
  {
    id: 'projectRemoveCronJob',
    method: 'delete',
    path: `${PROJECT}/cronjob/{name}`,
    summary: 'Delete a CronJob of a project',
    tag,
    scope: 'operator',
    params: schemas.cronJobPath,
    answers: { 200: { description: 'Deleted.', schema: answers.removal } },
    problems: [404, 409],
  },
  {
    id: 'projectDecisions',
    method: 'get',
    path: `${PROJECT}/decisions`,
    summary: 'What was decided for a project, and from what',
    tag,
    scope: 'reader',
    params: schemas.projectPath,
    query: schemas.decisionsQuery,
    answers: { 200: { description: 'A page, newest first.', schema: answers.decisionsAnswer } },
    problems: [404],
  },
  {
    id: 'projectReplay',
    method: 'post',
    path: '/orchestrate/decisions/{decision_id}/replay',
    summary: 'Make a decision once more from what it was made from',
    tag,
    scope: 'reader',
    params: schemas.decisionPath,
    answers: { 200: { description: 'Both, and where they differ.', schema: answers.replayAnswer } },
    problems: [404],
  },
  {
    id: 'projectsSweepNow',
    method: 'post',
    path: '/orchestrate/sweep',
    summary: 'Heal the CronJobs of all projects that need it, now',
    tag,
    scope: 'operator',
    answers: { 200: { description: 'What was found and healed.', schema: answers.sweepAnswer } },
  },
]

const allowing: readonly RouteDoc[] = [
  {
    id: 'projectPolicyGet',
    method: 'get',
    path: `${PROJECT}/policy`,
    summary: 'What may be done for a project',
    tag,
    scope: 'reader',
    params: schemas.projectPath,
    answers: policyNow,
    problems: [404],
  },
  {
    id: 'projectPolicyPut',
    method: 'put',
    path: `${PROJECT}/policy`,
    summary: 'Say what may be done for a project; what is left out is as by default',
    tag,
    scope: 'operator',
    params: schemas.projectPath,
    body: schemas.policyBody,
    answers: policyNow,
    problems: [404],
  },
  {
    id: 'projectPause',
    method: 'post',
    path: `${PROJECT}/pause`,
    summary: 'No healing and no sprint changes before a time',
    tag,
    scope: 'operator',
    params: schemas.projectPath,
    body: schemas.pauseBody,
    idempotent: true,
    answers: policyNow,
    problems: [404],
  },
]

export const projectRoutes: readonly RouteDoc[] = [
  ...deciding,
  ...allowing,
  {
    id: 'projectStrategies',
    method: 'get',
    path: '/orchestrate/intelligence/strategies',
    summary: 'What was learned from past sprints',
    tag,
    scope: 'reader',
    query: schemas.strategiesQuery,
    answers: { 200: { description: 'The surest first.', schema: answers.strategiesAnswer } },
  },
  {
    id: 'projectDataQuality',
    method: 'get',
    path: '/orchestrate/intelligence/data-quality/{project_id}',
    summary: 'How far learned advice can be trusted for a project',
    tag,
    scope: 'reader',
    params: schemas.projectPath,
    answers: { 200: { description: 'A score, and what would raise it.', schema: answers.qualityAnswer } },
    problems: [404],
  },
]
