/** A scenario: issues of a repository in which each asks for one function, and what is to go wrong on the way. Pure. */

export type Priority = 'critical' | 'high' | 'medium' | 'low'

export interface Chore {
  readonly title: string
  /** The function to be written, and the file that waits for it. */
  readonly writes: readonly [name: string, file: string]
  readonly priority: Priority
  /** What it may touch besides that file: a file, or a folder as `src/cart/**`. */
  readonly files?: readonly string[]
  /** Functions that have to be there first. */
  readonly after?: readonly string[]
  /** Seconds that its command takes. */
  readonly takes?: number
}

/** An issue as it gets its number on GitHub. */
export interface Issue {
  readonly number: number
  readonly title: string
  readonly name: string
  readonly file: string
  readonly priority: Priority
  readonly files: readonly string[]
  readonly dependsOn: readonly number[]
  readonly takes: number
}

export interface Scenario {
  readonly issues: readonly Issue[]
  /** The worker that first works on this issue is killed in the middle of it. */
  readonly killAt: number
  /** The first pull request of this issue is sent back. */
  readonly sendBack: { readonly number: number; readonly feedback: string }
}

export interface Mishaps {
  /** Named by the function that the issue asks for. */
  readonly killAt: string
  readonly sendBack: { readonly name: string; readonly feedback: string }
}

export const REPOSITORY = 'fleet-demo/chandlery'
/** What stands in a function that nobody has written yet. */
export const UNWRITTEN = "  throw new Error('Not written yet.')"
/** About what an agent that is quick would take, shortened. */
const USUAL_SECONDS = 1

/** Numbers the issues as a new repository does: in their order, from one. */
export function scenarioOf(chores: readonly Chore[], { killAt, sendBack }: Mishaps): Scenario {
  const numberOf = (name: string): number => {
    const at = chores.findIndex(({ writes }) => writes[0] === name)
    if (at < 0) throw new RangeError(`No issue of the scenario writes ${name}.`)
    return at + 1
  }
  const issues = chores.map(({ title, writes: [name, file], priority, files = [], after = [], takes }, at) => ({
    number: at + 1,
    title,
    name,
    file,
    priority,
    files: files.length === 0 ? [file] : files,
    dependsOn: after.map(numberOf),
    takes: takes ?? USUAL_SECONDS,
  }))
  return {
    issues,
    killAt: numberOf(killAt),
    sendBack: { number: numberOf(sendBack.name), feedback: sendBack.feedback },
  }
}

/** The issue's text: what is asked for in words, and what it declares for the queue. */
export function bodyOf({ name, file, files, dependsOn, takes }: Issue): string {
  return [
    `Write \`${name}\` in \`${file}\`.`,
    '',
    `Effort: ${takes} s`,
    `Files: ${files.join(', ')}`,
    ...(dependsOn.length === 0 ? [] : [`Depends on: ${dependsOn.map((number) => `#${number}`).join(', ')}`]),
  ].join('\n')
}

export function labelsOf({ priority }: Issue): readonly string[] {
  return ['ai-ready', `priority:${priority}`]
}

/** The repository that the issues are about: every function is there, none is written. */
export function repositoryFiles({ issues }: Scenario): Record<string, string> {
  const byFile = Map.groupBy(issues, ({ file }) => file)
  const sources = [...byFile].map(([file, those]) => [file, those.map(stubOf).join('\n')] as const)
  return { 'README.md': '# Chandlery\n\nEverything for the boat.\n', ...Object.fromEntries(sources) }
}

/** So long that changes of two functions of one file never touch. */
function stubOf({ name, title }: Issue): string {
  return `/** ${title}. */\nexport function ${name}() {\n${UNWRITTEN}\n}\n`
}

/** True when two issues must not be worked on at the same time. By its own rule, so that the queue's is put to the test. */
export function filesOverlap(a: readonly string[], b: readonly string[]): boolean {
  return a.some((one) => b.some((other) => covers(one, other) || covers(other, one)))
}

/** `src/cart/**` covers what is in the folder, a file covers itself. */
function covers(wide: string, narrow: string): boolean {
  return wide === narrow || (wide.endsWith('/**') && narrow.startsWith(wide.slice(0, -2)))
}
