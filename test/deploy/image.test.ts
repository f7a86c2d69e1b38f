import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { credentials, makeClientConstructor, type ServiceError } from '@grpc/grpc-js'
import { service as healthService } from 'grpc-health-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aTable } from '#test/helpers/dynamodb'
import { manifestsIn, ROOT, stagesOf, textOf, theOne } from './support/files.ts'

const dockerfile = textOf('deploy/Dockerfile')
const [build = [], runtime = []] = stagesOf(dockerfile)
const of = (stage: typeof build, name: string) => stage.filter((one) => one.name === name).map(({ text }) => text)

describe('deploy/Dockerfile', () => {
  it('builds in one stage and runs in another, both on images with a version', () => {
    expect(stagesOf(dockerfile)).toHaveLength(2)
    expect(of(build, 'FROM')).toEqual(['node:24.21.0-slim AS build'])
    expect(of(runtime, 'FROM')).toEqual(['gcr.io/distroless/nodejs24-debian12 AS runtime'])
    expect(JSON.parse(textOf('package.json')).devDependencies.node).toBe('24.21.0')
  })

  it('runs as the user that the pod demands, never as root', () => {
    expect(of(runtime, 'USER')).toEqual(['1000:1000'])
    const names = runtime.map(({ name }) => name)
    expect(names.indexOf('USER')).toBeLessThan(names.indexOf('CMD'))
  })

  it('takes nothing into the running image but what was built, and needs no shell there', () => {
    expect(of(runtime, 'COPY')).toEqual(['--from=build --chown=0:0 /out ./'])
    expect(of(runtime, 'RUN')).toEqual([])
    expect(JSON.parse(of(runtime, 'CMD')[0] ?? '')).toEqual(['server/grpc/main.mjs'])
    expect(of(runtime, 'EXPOSE')).toEqual(['50055'])
  })

  it('copies files that there are, and its ignore file lets exactly those in', () => {
    const sources = of(build, 'COPY').flatMap((text) => text.split(/\s+/).slice(0, -1))
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([])
    const [everything, ...kept] = textOf('deploy/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => /^[^#]/.test(line))
    expect(everything).toBe('*')
    expect(kept.map((line) => line.replace(/^!/, '')).sort()).toEqual(sources.toSorted())
  })

  it('carries the version of the package', () => {
    expect(of(runtime, 'ARG')).toEqual([`VERSION=${JSON.parse(textOf('package.json')).version}`])
  })
})

/** The commands that make /out, as they stand in the Dockerfile. */
const commands = of(build, 'RUN').filter((text) => text.includes('/out'))

describe('what the image holds', () => {
  let out: string
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'image-'))
    for (const command of commands) {
      await promisify(execFile)('sh', ['-ec', command.replaceAll('/out', out)], { cwd: ROOT })
    }
  })
  afterAll(() => rm(out, { recursive: true }))

  it('is one bundle of a few megabytes', async () => {
    const { size } = await stat(join(out, 'server/grpc/main.mjs'))
    expect(size).toBeGreaterThan(500_000)
    expect(size).toBeLessThan(8_000_000)
  })

  it('serves with the environment and the files of the Deployment, and ends when it is told to', async () => {
    const { endpoint, name: table } = await aTable()
    const env = { ...(await deployed(out)), DYNAMODB_ENDPOINT: endpoint, COXSWAIN_TABLE: table }
    const server = spawn(process.execPath, ['server/grpc/main.mjs'], {
      cwd: out,
      env: {
        ...env,
        GRPC_HOST: '127.0.0.1',
        GRPC_PORT: '0',
        GRPC_METRICS_PORT: '0',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(server, 'exit')
    try {
      const [line] = await Promise.race([once(createInterface(server.stdout), 'line'), ended])
      const [, address] = /^grpc ready (\S+)/.exec(String(line)) ?? []

      expect(await health(String(address))).toEqual({ status: 'SERVING' })
    } finally {
      server.kill('SIGTERM')
    }
    expect(await ended).toEqual([0, null])
  })
})

/** The environment of the Deployment, its files written where the test may. */
async function deployed(folder: string): Promise<Record<string, string>> {
  const councils = manifestsIn('deploy/councils')
  const { data } = theOne(councils, 'ConfigMap', 'orchestrator-config')
  for (const [name, text] of Object.entries(data)) await writeFile(join(folder, name), String(text))
  const [container] = theOne(councils, 'Deployment', 'orchestrator')['spec'].template.spec.containers
  const literal = container.env.filter(({ value }: { value?: string }) => value !== undefined)
  const values = literal.map(({ name, value }: { name: string; value: string }) => [
    name,
    value.replace('/etc/orchestrator', folder),
  ])
  return { ...Object.fromEntries(values), ANTHROPIC_API_KEY: 'none' }
}

function health(address: string): Promise<unknown> {
  const Health = makeClientConstructor(healthService, 'Health')
  const client = new Health(address, credentials.createInsecure())
  return new Promise((resolve, reject) => {
    client['check']?.(
      { service: 'orchestrator.v1.OrchestratorService' },
      (error: ServiceError | null, answer: unknown) => {
        client.close()
        if (error === null) resolve(answer)
        else reject(error)
      },
    )
  })
}
