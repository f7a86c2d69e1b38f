/** The seal with the key of this start; undefined on AWS. */
import { readConfig, settings } from '#lib/config'
import { createSeal } from './seal.ts'

export const seal = createSeal(readConfig({ COXSWAIN_LOCAL_KEY: settings.COXSWAIN_LOCAL_KEY }).COXSWAIN_LOCAL_KEY)
