/** The routes of workflows for the API's description. */
import * as z from 'zod'
import type { RouteDoc } from '#lib/openapi/route'
import * as answers from './answers.ts'
import * as schemas from './schemas.ts'

const WORKFLOWS = 'Workflows'
const CONSULTATIONS = 'Consultations'
const RUNS = 'Workflow runs'

const shown = { 200: { description: 'The workflow as it is now.', schema: answers.workflow } }

const control = (id: string, name: string, summary: string): RouteDoc => ({
  id,
  method: 'post',
  path: `/workflow/{feature_id}/${name}`,
  summary,
  tag: WORKFLOWS,
  scope: 'operator',
  params: schemas.featurePath,
  body: schemas.reasonBody,
  idempotent: true,
  answers: shown,
  problems: [404],
})

const features: readonly RouteDoc[] = [
  {
    id: 'workflowStart',
    method: 'post',
    path: '/workflow/start',
    summary: 'Start the workflow of a feature',
    tag: WORKFLOWS,
    scope: 'operator',
    body: schemas.startBody,
    idempotent: true,
    answers: {
      200: { description: 'This very request started it before.', schema: answers.workflow },
      201: { description: 'Started.', schema: answers.workflow },
    },
  },
  {
    id: 'workflowGet',
    method: 'get',
    path: '/workflow/{feature_id}',
    summary: 'Where a feature stands',
    tag: WORKFLOWS,
    scope: 'reader',
    params: schemas.featurePath,
    answers: shown,
    problems: [404],
  },
  {
    id: 'workflowAdvance',
    method: 'post',
    path: '/workflow/{feature_id}/advance',
    summary: 'An event: workers speak of phases, operators of everything',
    tag: WORKFLOWS,
    scope: ['operator', 'worker'],
    params: schemas.featurePath,
    body: schemas.advanceBody,
    idempotent: true,
    answers: shown,
    problems: [404, 410],
  },
  control('workflowCancel', 'cancel', 'End a workflow'),
  control('workflowPause', 'pause', 'Halt a workflow; its gates stand still'),
  control('workflowResume', 'resume', 'Go on with a paused workflow'),
  control('workflowRetry', 'retry', 'Reopen the phase that failed'),
  {
    id: 'workflowHistory',
    method: 'get',
    path: '/workflow/{feature_id}/history',
    summary: 'Every transition, page by page',
    tag: WORKFLOWS,
    scope: 'reader',
    params: schemas.featurePath,
    query: schemas.historyQuery,
    answers: { 200: { description: 'A page, in order.', schema: answers.historyAnswer } },
    problems: [404],
  },
  {
    id: 'workflowGraph',
    method: 'get',
    path: '/workflow/{feature_id}/graph',
    summary: 'Nodes, edges and where it stands; Mermaid text for who accepts it',
    tag: WORKFLOWS,
    scope: 'reader',
    params: schemas.featurePath,
    answers: { 200: { description: 'The graph.', schema: answers.graphAnswer, types: ['text/vnd.mermaid'] } },
    problems: [404],
  },
  {
    id: 'workflowsList',
    method: 'get',
    path: '/workflows',
    summary: 'All workflows, those under way first',
    tag: WORKFLOWS,
    scope: 'reader',
    query: schemas.listQuery,
    answers: { 200: { description: 'A page, and how many stand where.', schema: answers.workflowsAnswer } },
  },
]

const consultations: readonly RouteDoc[] = [
  {
    id: 'workflowConsult',
    method: 'post',
    path: '/workflow/{feature_id}/consult',
    summary: 'Ask an expert of the agent hub',
    tag: CONSULTATIONS,
    scope: ['worker', 'operator'],
    params: schemas.featurePath,
    body: schemas.consultBody,
    answers: {
      200: { description: 'Asked before.', schema: answers.consultation },
      201: { description: 'Asked.', schema: answers.consultation },
    },
    problems: [404, 409],
  },
  {
    id: 'workflowConsultationAnswer',
    method: 'post',
    path: '/workflow/{feature_id}/consultations/{id}/answer',
    summary: 'A human’s word where the expert was not sure',
    tag: CONSULTATIONS,
    scope: 'operator',
    params: schemas.consultationPath,
    body: schemas.answerBody,
    idempotent: true,
    answers: { 200: { description: 'The consultation as it is now.', schema: answers.consultation } },
    problems: [404],
  },
]

/** Their handlers take anything and tell what is wrong with it in codes of their own; here is what is right. */
const runPath = z.object({ id: schemas.runId })

const runs: readonly RouteDoc[] = [
  {
    id: 'workflowRunStart',
    method: 'post',
    path: '/workflows',
    summary: 'Start a run that its caller drives',
    tag: RUNS,
    scope: 'operator',
    body: schemas.runBody,
    idempotent: true,
    answers: { 201: { description: 'Started.', schema: answers.runAnswer } },
  },
  {
    id: 'workflowRunGet',
    method: 'get',
    path: '/workflows/{id}',
    summary: 'Where a run stands',
    tag: RUNS,
    scope: 'reader',
    params: runPath,
    answers: { 200: { description: 'The run.', schema: answers.runAnswer } },
    problems: [404],
  },
  {
    id: 'workflowRunAdvance',
    method: 'post',
    path: '/workflows/{id}/advance',
    summary: 'A trigger: an agent is done, or a human decided',
    tag: RUNS,
    scope: ['operator', 'worker'],
    params: runPath,
    body: schemas.triggerBody,
    idempotent: true,
    answers: { 200: { description: 'The run as it is now.', schema: answers.runAnswer } },
    problems: [404, 410],
  },
]

export const workflowRoutes: readonly RouteDoc[] = [...features, ...consultations, ...runs]
