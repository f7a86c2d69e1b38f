/**
 * Completes package-lock.json with the platform packages that this machine's registry does not carry, and leaves out which
 * Node each package asks for. Run it after each change of dependencies: `npm run lock`.
 *
 * npm writes only what it could look up, and `npm ci` then finds the lock incomplete. A platform package is known well
 * enough without a look-up: its version stands with its parent, its platform in its name.
 *
 * npm compares `engines` with the Node that runs npm, which runs nothing else of Coxswain: every script runs on the Node
 * that the lock itself brings. `npm run lock` refuses what does not support that one (`--engine-strict`, on that Node), and
 * `test/architecture/dependencies.test.ts` asks the installed packages again.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Entry {
  readonly version?: string
  readonly engines?: unknown
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'win32', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'aix']
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32']
const EXACT = /^\d+\.\d+\.\d+[\w.+-]*$/

const file = new URL('../package-lock.json', import.meta.url)
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Entry> }

const known = new Set(Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, '')))
const missing = Object.values(lock.packages)
  .flatMap((entry) => Object.entries(entry.optionalDependencies ?? {}))
  .filter(([name]) => !known.has(name))

for (const [name, version] of missing) {
  if (!EXACT.test(version))
    throw new Error(`${name}@${version} is optional and not locked, and its version is not exact.`)
  lock.packages[`node_modules/${name}`] = { version, optional: true, ...platformOf(name) } as Entry
}

const { '': root, ...rest } = lock.packages
const entries = Object.entries(rest).map(([path, { engines: _, ...entry }]) => [path, entry] as const)
const sorted = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(file, `${JSON.stringify({ ...lock, packages: { '': root, ...sorted } }, null, 2)}\n`)
console.log(`${missing.length} platform packages added`)

/** The platform that a package's name ends with, e.g. `@x/y-linux-x64-musl`. */
function platformOf(name: string) {
  const words = name.split(/[-/]/)
  const os = SYSTEMS.find((system) => words.includes(system))
  const cpu = PROCESSORS.find((processor) => words.includes(processor))
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu'))
      ? 'glibc'
      : undefined
  if (cpu === undefined) throw new Error(`${name} names no processor: add it to the lock by hand.`)
  return { cpu: [cpu], ...(os && { os: [os] }), ...(libc && os === 'linux' && { libc: [libc] }) }
}
