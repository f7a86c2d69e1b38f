/**
 * `npm run bench:cold-start`: how large each function's bundle is and how long a fresh process takes to load it.
 *
 * Bundles are made with the options of serverless.yml; the AWS SDK stays outside, as in the Lambda runtime. Fails when a
 * bundle is over its budget, and names what weighs most in each that has used up half of it.
 */
import { execFile } from 'node:child_process'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { endWithNpm } from '#sandbox/lifeline/lifeline'
import { moduleOf, readService, type Service } from '#scripts/service-file'

endWithNpm()

interface Measured {
  readonly name: string
  readonly minified: number
  readonly zipped: number
  readonly loadMs: number
  readonly budget: number
  readonly heaviest: readonly (readonly [part: string, bytes: number])[]
}

const KB = 1024
/** To tell whether files overlap: a megabyte of automata, evaluated when two patterns are first compared. */
const OVERLAP_BUDGET = 1_400 * KB
/** The Kubernetes client is 3.9 MB of generated code, evaluated when a cluster is first asked. */
const CLUSTER_BUDGET = 4_500 * KB
/** Two vendors' SDKs and the parsers of the checks, each evaluated when it is first needed. */
const COUNCIL_BUDGET = 3_500 * KB
const BUDGETS: Readonly<Record<string, number>> = {
  /** On the path of every request. */
  authorizer: 100 * KB,
  workNext: OVERLAP_BUDGET,
  workNextPost: OVERLAP_BUDGET,
  queueList: OVERLAP_BUDGET,
  councilsCreate: COUNCIL_BUDGET,
  councilsResume: COUNCIL_BUDGET,
  councilsRun: COUNCIL_BUDGET,
  projectOrchestrate: CLUSTER_BUDGET,
  projectRemoveCronJob: CLUSTER_BUDGET,
  projectStatus: CLUSTER_BUDGET,
  projectsSweepNow: CLUSTER_BUDGET,
  projectsSweep: CLUSTER_BUDGET,
}
/** Parsing more than this is felt in a cold start of 512 MB. */
const BUDGET = 700 * KB
/** The sizes are judged; times are for people, and where none looks one run shows that a bundle loads. */
const RUNS = process.env['CI'] === undefined ? 3 : 1
const SHOWN_PARTS = 6

const root = new URL('../', import.meta.url)
const out = new URL(`.esbuild/cold-start-${process.pid}/`, root)

/** What a function finds in its environment; nothing is called. */
const env = {
  PATH: process.env['PATH'],
  AWS_REGION: 'eu-central-1',
  COXSWAIN_TABLE: 'coxswain-bench',
  DYNAMODB_ENDPOINT: 'http://127.0.0.1:1',
  GITHUB_TOKEN: 'none',
  PROJECT_SERVICE_URL: 'https://project.internal',
  BACKLOG_SERVICE_URL: 'https://backlog.internal',
  SPRINT_SERVICE_URL: 'https://sprint.internal',
  CHRONICLE_SERVICE_URL: 'https://chronicle.internal',
  K8S_API_URL: 'https://cluster.internal',
  K8S_TOKEN: 'none',
  GITHUB_REPO: 'acme/shop',
}

async function bundle(module: string, { custom }: Service) {
  const { exclude, outputFileExtension, ...options } = custom.esbuild
  const outfile = fileURLToPath(new URL(module.replace(/\.ts$/, outputFileExtension), out))
  const { metafile } = await build({
    ...options,
    absWorkingDir: fileURLToPath(root),
    entryPoints: [module],
    external: exclude,
    outfile,
    metafile: true,
    logLevel: 'error',
  })
  return { outfile, metafile }
}

/** Milliseconds a new process takes to import the bundle: the median of three. */
async function loadTime(outfile: string): Promise<number> {
  const program = `const began = performance.now(); await import('${pathToFileURL(outfile)}'); console.log(performance.now() - began); process.exit(0)`
  const times: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { env })
    times.push(Number(stdout.trim().split('\n').at(-1)))
  }
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN
}

/** Bytes in the bundle by npm package, and by folder of our own, heaviest first. */
function heaviest({ outputs }: Metafile): readonly (readonly [string, number])[] {
  const total = new Map<string, number>()
  for (const [path, { bytesInOutput }] of Object.values(outputs).flatMap(({ inputs }) => Object.entries(inputs))) {
    const part = /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(path)?.[1] ?? path.split('/', 2).join('/')
    total.set(part, (total.get(part) ?? 0) + bytesInOutput)
  }
  return [...total].sort(([, a], [, b]) => b - a).slice(0, SHOWN_PARTS)
}

async function measure(names: readonly string[], module: string, service: Service): Promise<readonly Measured[]> {
  const { outfile, metafile } = await bundle(module, service)
  const code = await readFile(outfile)
  const figures = {
    minified: code.length,
    zipped: gzipSync(code, { level: 9 }).length,
    loadMs: await loadTime(outfile),
    heaviest: heaviest(metafile),
  }
  return names.map((name) => ({ name, budget: BUDGETS[name] ?? BUDGET, ...figures }))
}

function print(all: readonly Measured[]): void {
  const kb = (bytes: number) => (bytes / KB).toFixed(0)
  console.log('function          minified KB   zipped KB   load ms   budget KB')
  for (const { name, minified, zipped, loadMs, budget } of all) {
    const over = minified > budget ? '   OVER' : ''
    const figures = [kb(minified).padStart(14), kb(zipped).padStart(12), loadMs.toFixed(0).padStart(10)]
    console.log(`${name.padEnd(15)}${figures.join('')}${kb(budget).padStart(12)}${over}`)
  }
  for (const { name, heaviest: parts } of all.filter(({ minified, budget }) => minified > budget / 2)) {
    console.log(`${name}: ${parts.map(([part, bytes]) => `${part} ${kb(bytes)}`).join(', ')}`)
  }
}

const service = readService()
const byModule = Map.groupBy(Object.entries(service.functions), ([, fn]) => moduleOf(fn))
await mkdir(out, { recursive: true })
try {
  const all: Measured[] = []
  for (const [module, functions] of byModule) {
    const names = functions.map(([name]) => name)
    all.push(...(await measure(names, module, service)))
  }
  print(all.sort((a, b) => b.minified - a.minified))
  const over = all.filter(({ minified, budget }) => minified > budget)
  if (over.length > 0) {
    console.error(`Over budget: ${over.map(({ name }) => name).join(', ')}`)
    process.exitCode = 1
  }
} finally {
  await rm(out, { recursive: true, force: true })
}
