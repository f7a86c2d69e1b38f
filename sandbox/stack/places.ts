/** The addresses that a person configured, judged as the functions judge them: at the start and not at the first request. */
import { AppError, type FieldError } from '#lib/errors'
import { serviceBase } from '#lib/upstream/addresses'
import { checkedUrl } from '#lib/upstream/guarded-fetch'

export interface Places {
  readonly allowed: readonly string[]
  /** By variable; undefined or empty where nothing is configured. */
  readonly services: Readonly<Record<string, string | undefined>>
  readonly guarded: Readonly<Record<string, string | undefined>>
}

/** Throws AppError `invalid` that names each variable whose address the functions would refuse, and how to allow it. */
export function checkPlaces({ allowed, services, guarded }: Places): void {
  const errors = [
    ...problems(services, (url, path) => serviceBase(path, url, allowed)),
    ...problems(guarded, (url) => checkedUrl(url, { allowed })),
  ]
  if (errors.length === 0) return
  const list = errors.map(({ path, message }) => `${path}: ${message}`).join(' ')
  throw new AppError('invalid', `The configuration is wrong. ${list}`, { errors })
}

function problems(urls: Places['services'], check: (url: string, path: string) => unknown): FieldError[] {
  return Object.entries(urls).flatMap(([path, url]) => {
    if (url === undefined || url === '') return []
    try {
      check(url, path)
      return []
    } catch (error) {
      return [{ path, message: error instanceof AppError ? error.message : 'is no address' }]
    }
  })
}
