/** What the tests of the checks hand to them. */
import type { Task } from '#lib/councils/model'

export function aTask(fields: Partial<Task> = {}): Task {
  return { description: 'Ship it', role: 'DEV', rubric: '', requirements: [], metadata: {}, ...fields }
}

/** A fenced block. */
export function fenced(language: string, code: string): string {
  return `\`\`\`${language}\n${code}\n\`\`\``
}
