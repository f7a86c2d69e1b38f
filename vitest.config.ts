import { defineConfig } from 'vitest/config'

/** Tests that start programs (stacks, workers, git, the framework) and so take whole cores. */
const PROCESSES = ['test/e2e/**/*.test.ts', 'test/worker/**/*.test.ts', 'test/sandbox/**/*.test.ts']
/** Each of these starts the framework, two at a time. */
const SAMPLES = ['test/samples/**/*.test.ts']

const env = { POWERTOOLS_DEV: 'true', TZ: 'UTC' }
const patience = { testTimeout: 30_000, hookTimeout: 60_000 }

/** What decides who gets which work is covered whole. */
const DECISIONS = 'lib/queue/{order,decide,judge,claim,line,reap}.ts'
const WHOLE = { lines: 100, branches: 100, functions: 100, statements: 100 }

export default defineConfig({
  test: {
    maxWorkers: 2,
    // One group after the other, so that nothing with a deadline competes with programs that start.
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...PROCESSES, ...SAMPLES],
          env,
          ...patience,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { name: 'processes', include: PROCESSES, env, ...patience, sequence: { groupOrder: 1 } } },
      { test: { name: 'samples', include: SAMPLES, env, ...patience, sequence: { groupOrder: 2 } } },
    ],
    coverage: {
      provider: 'v8',
      reporter: ['text-summary', 'html'],
      reportOnFailure: true,
      include: ['lib/**/*.ts'],
      // Composition at module scope, read once at a cold start: the samples and the end-to-end tests run it in processes
      // of their own, where coverage does not see it.
      exclude: ['lib/**/wiring.ts'],
      thresholds: { 'lib/**/*.ts': { lines: 90, branches: 90 }, [DECISIONS]: WHOLE },
    },
  },
})
