/**
 * The checks of a proposal, which really run: lint, dry run, policy. Parsers and schemas are loaded when a proposal holds
 * what they read; the same proposal gets the same answer, in bounded time.
 */
import { CHECK_NAMES, type CheckName, type CheckSuite, type Task } from '#lib/councils/model'
import type { Checks } from '#lib/councils/ports'
import { CHECK_MS, MOST_TEXT } from './bounds.ts'
import type { Document } from './documents.ts'
import { dryRun, validatorsFor } from './dry-run.ts'
import { type CodeBlock, codeBlocks } from './fences.ts'
import { type Compile, loadCompiler } from './json-schemas.ts'
import { type Linted, lint, parsersFor } from './lint.ts'
import { policy } from './policy.ts'
import { BUILT_IN_RULES, type PolicyRules } from './rules.ts'
import { withoutSecrets } from './secrets.ts'
import { withinTime } from './time-limit.ts'

export interface ChecksOptions {
  /** The built-in ones when left out. */
  readonly rules?: PolicyRules
  /** How long each of the checks may take, ms. */
  readonly timeoutMs?: number
}

export function createChecks({ rules = BUILT_IN_RULES, timeoutMs = CHECK_MS }: ChecksOptions = {}): Checks {
  const bounded = <T>(work: () => T, stopped: (why: string) => T): Judged<T> => {
    const outcome = withinTime(timeoutMs, work)
    if (outcome.kind === 'done') return { value: outcome.value, gaveUp: false }
    return { value: stopped(`stopped after ${timeoutMs} ms: too costly to check`), gaveUp: true }
  }

  let loaded: Promise<Compile> | undefined
  const compiler = () => {
    loaded ??= loadCompiler()
    return loaded
  }

  const lintOf = async (blocks: readonly CodeBlock[]): Promise<Judged<Linted>> => {
    const parsers = await parsersFor(blocks)
    return bounded(
      () => lint(parsers, blocks),
      (why) => ({ lint: failedLint(why), documents: [] }),
    )
  }

  const dryRunOf = async (documents: readonly Document[]): Promise<Judged<CheckSuite['dryrun']>> => {
    const validators = await validatorsFor(documents, compiler)
    return bounded(() => dryRun(validators, documents), failedDryRun)
  }

  return {
    async run(task: Task, content: string) {
      if (content.length > MOST_TEXT) return refused(`longer than ${MOST_TEXT} characters: not checked`)
      const scanned = bounded<readonly CodeBlock[] | string>(
        // Lint and dry run quote what they find, so they see the text without its secrets.
        () => codeBlocks(withoutSecrets(content, rules)),
        (why) => why,
      )
      const blocks = scanned.value
      if (typeof blocks === 'string') return refused(blocks)
      const linted = await lintOf(blocks)
      const dryrun = await dryRunOf(linted.value.documents)
      const judged = { lint: linted, dryrun, policy: bounded(() => policy(rules, task, content, blocks), failedPolicy) }
      const unjudged = CHECK_NAMES.filter((name) => judged[name].gaveUp)
      return suiteOf({ policy: judged.policy.value, lint: linted.value.lint, dryrun: dryrun.value }, unjudged)
    },
  }
}

/** What a check found, or what stands for it when it gave up before it could judge. */
interface Judged<T> {
  readonly value: T
  readonly gaveUp: boolean
}

function suiteOf({ policy, lint, dryrun }: Pick<CheckSuite, CheckName>, unjudged: readonly CheckName[]): CheckSuite {
  const all_passed = policy.passed && lint.passed && dryrun.passed
  const suite = { policy, lint, dryrun, additional_checks: [], all_passed }
  return unjudged.length === 0 ? suite : { ...suite, unjudged }
}

function refused(why: string): CheckSuite {
  return suiteOf({ policy: failedPolicy(why), lint: failedLint(why), dryrun: failedDryRun(why) }, CHECK_NAMES)
}

function failedLint(why: string): CheckSuite['lint'] {
  return { passed: false, error_count: 1, warning_count: 0, errors: [why] }
}

function failedDryRun(why: string): CheckSuite['dryrun'] {
  return { passed: false, output: '', exit_code: 1, message: why }
}

function failedPolicy(why: string): CheckSuite['policy'] {
  return { passed: false, violations: [why], message: why }
}
