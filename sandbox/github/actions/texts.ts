/** How long GitHub lets titles, bodies and labels be. */
import { type FieldProblem, invalid } from '../http/answers.ts'

/** GitHub's limits, in characters. */
const TITLE_CHARACTERS = 256
const BODY_CHARACTERS = 65_536
const LABEL_CHARACTERS = 50
const LABELS_PER_ISSUE = 100

export interface Texts {
  readonly title?: string | undefined
  readonly body?: string | null | undefined
  readonly labels?: readonly string[] | undefined
}

/** Throws 422 for what is too long; `resource` is what GitHub calls the thing. */
export function checkTexts(resource: string, { title, body, labels = [] }: Texts): void {
  const problems: FieldProblem[] = []
  const tooLong = (field: string, most: number): FieldProblem => ({
    resource,
    code: 'custom',
    field,
    message: `${field} is too long (maximum is ${most} characters)`,
  })
  if (title !== undefined && title.trim() === '') problems.push({ resource, field: 'title', code: 'missing_field' })
  if (length(title) > TITLE_CHARACTERS) problems.push(tooLong('title', TITLE_CHARACTERS))
  if (length(body) > BODY_CHARACTERS) problems.push(tooLong('body', BODY_CHARACTERS))
  if (labels.length > LABELS_PER_ISSUE) problems.push(tooLong('labels', LABELS_PER_ISSUE))
  if (labels.some((name) => name.trim() === '' || length(name) > LABEL_CHARACTERS)) {
    problems.push({ resource: 'Label', field: 'name', code: 'invalid' })
  }
  if (problems.length > 0) throw invalid(...problems)
}

/** GitHub counts characters as its database does: an emoji is one. */
const length = (text: string | null | undefined): number => [...(text ?? '')].length

export const bodyLimit = BODY_CHARACTERS
export const characters = length
