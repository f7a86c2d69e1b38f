/** The routes of councils for the API's description. */
import type { RouteDoc } from '#lib/openapi/route'
import * as answers from './answers.ts'
import * as schemas from './schemas.ts'

const COUNCILS = 'Councils'
const DELIBERATIONS = 'Deliberations'

const accepted = {
  description: 'It takes longer, or was asked for with `Prefer: respond-async`; see `location`.',
  schema: answers.acceptedAnswer,
}

const asking: readonly RouteDoc[] = [
  {
    id: 'councilsDeliberate',
    method: 'post',
    path: '/councils/deliberate',
    summary: 'A council deliberates: proposals, reviews, revisions, checks, a ranking',
    tag: DELIBERATIONS,
    scope: 'operator',
    headers: schemas.askHeaders,
    body: schemas.deliberateBody,
    idempotent: true,
    answers: { 200: { description: 'All proposals by rank.', schema: answers.deliberateAnswer }, 202: accepted },
    problems: [409, 429, 501, 504],
  },
  {
    id: 'councilsOrchestrate',
    method: 'post',
    path: '/councils/orchestrate',
    summary: 'A deliberation, then the architect’s choice',
    tag: DELIBERATIONS,
    scope: 'operator',
    headers: schemas.askHeaders,
    body: schemas.orchestrateBody,
    idempotent: true,
    answers: {
      200: { description: 'The winner and all candidates.', schema: answers.orchestrateAnswer },
      202: accepted,
    },
    problems: [409, 429, 501, 504],
  },
]

const councils: readonly RouteDoc[] = [
  {
    id: 'councilsStatus',
    method: 'get',
    path: '/councils/status',
    summary: 'How the councils are doing',
    tag: COUNCILS,
    scope: 'operator',
    query: schemas.statusQuery,
    answers: { 200: { description: 'The status.', schema: answers.statusAnswer } },
  },
  {
    id: 'councilsList',
    method: 'get',
    path: '/councils',
    summary: 'All councils',
    tag: COUNCILS,
    scope: 'operator',
    query: schemas.councilsQuery,
    answers: { 200: { description: 'The councils.', schema: answers.councilsAnswer } },
  },
  {
    id: 'councilsCreate',
    method: 'post',
    path: '/councils',
    summary: 'Make a council of agents of one kind',
    tag: COUNCILS,
    scope: 'operator',
    body: schemas.createCouncilBody,
    idempotent: true,
    answers: { 201: { description: 'Made.', schema: answers.createdAnswer } },
    problems: [409],
  },
  {
    id: 'councilsDelete',
    method: 'delete',
    path: '/councils',
    summary: 'Remove the council of a role and its agents',
    tag: COUNCILS,
    scope: 'operator',
    query: schemas.deleteCouncilQuery,
    answers: { 200: { description: 'Removed.', schema: answers.deletedAnswer } },
    problems: [404],
  },
]

const deliberations: readonly RouteDoc[] = [
  {
    id: 'deliberationsList',
    method: 'get',
    path: '/deliberations',
    summary: 'Deliberations, the latest first',
    tag: DELIBERATIONS,
    scope: 'operator',
    query: schemas.deliberationsQuery,
    answers: { 200: { description: 'A page.', schema: answers.deliberationsAnswer } },
  },
  {
    id: 'deliberationGet',
    method: 'get',
    path: '/deliberations/{execution_id}',
    summary: 'How a deliberation stands, and what came of it',
    tag: DELIBERATIONS,
    scope: 'operator',
    params: schemas.executionPath,
    answers: { 200: { description: 'The deliberation.', schema: answers.storedAnswer } },
    problems: [404],
  },
  {
    id: 'deliberationTranscript',
    method: 'get',
    path: '/deliberations/{execution_id}/transcript',
    summary: 'Every proposal, review, revision, vote and check',
    tag: DELIBERATIONS,
    scope: 'operator',
    params: schemas.executionPath,
    answers: { 200: { description: 'The transcript, in order.', schema: answers.transcriptAnswer } },
    problems: [404],
  },
  {
    id: 'deliberationRecount',
    method: 'post',
    path: '/deliberations/{execution_id}/recount',
    summary: 'Rank anew from the stored votes',
    tag: DELIBERATIONS,
    scope: 'operator',
    params: schemas.executionPath,
    answers: { 200: { description: 'Both rankings.', schema: answers.recountAnswer } },
    problems: [404, 409],
  },
]

export const councilRoutes: readonly RouteDoc[] = [...asking, ...councils, ...deliberations]
