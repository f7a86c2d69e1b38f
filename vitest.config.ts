import { defineConfig } from 'vitest/config'
import { endWithNpm } from '#sandbox/lifeline/lifeline'

// What the tests start ends with them, and they end with the npm that runs them.
endWithNpm()

/** Tests that start programs: workers with git, the stand-in GitHub. */
const PROCESSES = ['test/worker/**/*.test.ts', 'test/sandbox/**/*.test.ts', 'test/security/worker/**/*.test.ts']
/** These start whole stacks. */
const STACKS = ['test/e2e/**/*.test.ts', 'test/security/stack/**/*.test.ts']
/** Each of these starts the framework, two at a time. */
const SAMPLES = ['test/samples/**/*.test.ts']

/** These need the real API server that `npm run test:kubernetes` starts. */
const KUBERNETES = ['test/kubernetes/**/*.test.ts']

const env = { POWERTOOLS_DEV: 'true', TZ: 'UTC' }
/** Ends what hangs; on a busy machine a race of 64 workers takes a minute. */
const patience = { testTimeout: 120_000, hookTimeout: 120_000 }

interface Rest {
  readonly groupOrder: number
  readonly exclude?: string[]
}

const project = (name: string, include: string[], { groupOrder, exclude = [] }: Rest) => ({
  test: { name, include, exclude, env, ...patience, sequence: { groupOrder } },
})

/** What decides who gets which work is covered whole. */
const DECISIONS =
  'lib/queue/{order,decide,judge,claim,line,reap,declared,references,depends,files,globs,overlap,reserve}.ts'
const WHOLE = { lines: 100, branches: 100, functions: 100, statements: 100 }

export default defineConfig({
  test: {
    maxWorkers: 2,
    // One group after the other, so that nothing with a deadline competes with programs that start.
    projects: [
      project('unit', ['test/**/*.test.ts'], {
        groupOrder: 0,
        exclude: [...PROCESSES, ...STACKS, ...SAMPLES, ...KUBERNETES],
      }),
      project('processes', PROCESSES, { groupOrder: 1 }),
      project('stacks', STACKS, { groupOrder: 2 }),
      project('samples', SAMPLES, { groupOrder: 3 }),
      ...(process.env['TEST_KUBERNETES_KUBECONFIG'] ? [project('kubernetes', KUBERNETES, { groupOrder: 4 })] : []),
    ],
    coverage: {
      provider: 'v8',
      reporter: ['text-summary', 'html'],
      reportOnFailure: true,
      include: ['lib/**/*.ts'],
      // Composition at module scope, read once at a cold start: the samples and the end-to-end tests run it in processes
      // of their own, where coverage does not see it.
      exclude: ['lib/**/{,*-}wiring.ts'],
      thresholds: { 'lib/**/*.ts': { lines: 90, branches: 90 }, [DECISIONS]: WHOLE },
    },
  },
})
