/** The stand-in's memory in GitHub's words: every change is one commit of all the rows it concerns. */
import type { Clock } from '#lib/clock'
import { type ConversationStore, createConversation } from './conversation.ts'
import { createIssues, type IssueStore } from './issues.ts'
import { createLabels, type LabelStore } from './labels.ts'
import { createLedger } from './ledger.ts'
import { createRepositories, type RepositoryStore } from './repositories.ts'
import type { Database } from './tables.ts'

export type Store = RepositoryStore & LabelStore & IssueStore & ConversationStore

export function createStore(database: Database, clock: Clock): Store {
  const ledger = createLedger(database, clock)
  return {
    ...createRepositories(ledger),
    ...createLabels(ledger),
    ...createIssues(ledger),
    ...createConversation(ledger),
  }
}
