/** The log of this process, at the level that LOG_LEVEL names. */
import { readConfig, settings } from '#lib/config'
import { createLog } from './log.ts'

export const log = createLog(readConfig({ LOG_LEVEL: settings.LOG_LEVEL }).LOG_LEVEL)
