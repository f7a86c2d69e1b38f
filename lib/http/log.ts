/** Structured log lines through Powertools, with secrets masked. */
import { Logger } from '@aws-lambda-powertools/logger'
import type { LogLevel } from '#lib/config'
import { redact } from './redact.ts'

export type Facts = Readonly<Record<string, unknown>>

/** One line each: a fixed message, and facts as members. An `error` among the facts keeps its stack and cause. */
export interface Log {
  debug(message: string, facts?: Facts): void
  info(message: string, facts?: Facts): void
  warn(message: string, facts?: Facts): void
  error(message: string, facts?: Facts): void
}

export function createLog(level: LogLevel): Log {
  const logger = new Logger({ serviceName: 'coxswain', logLevel: level, jsonReplacerFn: redact })
  return {
    debug: (message, facts = {}) => logger.debug(message, { ...facts }),
    info: (message, facts = {}) => logger.info(message, { ...facts }),
    warn: (message, facts = {}) => logger.warn(message, { ...facts }),
    error: (message, facts = {}) => logger.error(message, { ...facts }),
  }
}
