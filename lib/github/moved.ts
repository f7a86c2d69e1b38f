/** Where something went that GitHub answers 301 for. The redirect is read, never followed blindly. */
import * as z from 'zod'
import type { Answer, GitHubClient } from '#lib/github/client'
import type { OwnerAndRepo } from '#lib/github/urls'

const repositoryAnswer = z.object({ full_name: z.string() })

/**
 * The new `owner/repo`, lower-cased; undefined when the answer does not tell.
 * `place`: the repository that was asked for, by which an App finds its token. GitHub redirects to `/repositories/<id>/…`: the id is looked up at our own API address, so the token goes nowhere else.
 */
export async function lookUpMove(
  client: GitHubClient,
  answer: Answer,
  place?: OwnerAndRepo,
): Promise<string | undefined> {
  const location = answer.headers['location'] ?? ''
  const named = /\/repos\/([\w.-]+\/[\w.-]+)/.exec(location)?.[1]
  if (named !== undefined) return named.toLowerCase()
  const id = /\/repositories\/(\d{1,15})(?:\/|\?|$)/.exec(location)?.[1]
  if (id === undefined) return undefined
  const found = await client.request('GET /repositories/{id}', {
    ...{ params: { id }, accept: [301, 404, 451] },
    ...(place && { place }),
  })
  return repositoryAnswer.safeParse(found.data).data?.full_name.toLowerCase()
}
