/** The stand-in's memory in GitHub's words: every change is one commit of all the rows it concerns. */
import type { Clock } from '#lib/clock'
import { type ConversationStore, createConversation } from './conversation.ts'
import { createHistory, type HistoryStore } from './history.ts'
import { createIssues, type IssueStore } from './issues.ts'
import { createLabels, type LabelStore } from './labels.ts'
import { createLedger, type Listener } from './ledger.ts'
import { createRepositories, type RepositoryStore } from './repositories.ts'
import type { Database } from './tables.ts'

export type Store = RepositoryStore & LabelStore & IssueStore & ConversationStore & HistoryStore

/** `listener` hears of every change once it is written. */
export function createStore(database: Database, clock: Clock, listener?: Listener): Store {
  const ledger = createLedger(database, clock, listener)
  return {
    ...createRepositories(ledger),
    ...createLabels(ledger),
    ...createIssues(ledger),
    ...createConversation(ledger),
    ...createHistory(ledger),
  }
}
