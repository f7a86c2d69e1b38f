import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { keysFor, parseKnownHosts } from '#lib/hosts/known-hosts'
import { HAS_SSHD } from '#test/helpers/sshd'

const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIGy6VgQ2eyNnBBTZ0ZpcVvsVaZ3sf0b2FkMd9ZmL7f5J'
const find = (text: string, address: string, port = 22) =>
  keysFor(parseKnownHosts(text).keys, { address, port }).map(({ key }) => key)
const isKnown = (hosts: string, address: string, port = 22) =>
  find(`${hosts} ssh-ed25519 ${KEY}`, address, port).length === 1

describe('known_hosts', () => {
  it.each([
    ['10.0.0.11', '10.0.0.11', 22],
    ['w1.example.com,10.0.0.11', '10.0.0.11', 22],
    ['W1.Example.com', 'w1.example.COM', 22],
    ['[10.0.0.11]:2222', '10.0.0.11', 2222],
    ['[fe80::1]:2222', 'fe80::1', 2222],
    ['*.example.com', 'w1.example.com', 22],
    ['10.0.0.1?', '10.0.0.11', 22],
    ['*', 'anything', 22],
    ['*,!w2.example.com', 'w1.example.com', 22],
  ])('%s speaks of %s', (hosts, address, port) => {
    expect(isKnown(hosts, address, port)).toBe(true)
  })

  it.each([
    ['10.0.0.11', '10.0.0.11', 2222],
    ['[10.0.0.11]:2222', '10.0.0.11', 22],
    ['10.0.0.11', '10.0.0.110', 22],
    ['10.0.0.1?', '10.0.0.1', 22],
    ['*.example.com', 'example.com', 22],
    ['*,!w2.example.com', 'w2.example.com', 22],
    ['|1|AAAA|BBBB', '10.0.0.11', 22],
  ])('%s does not speak of %s', (hosts, address, port) => {
    expect(isKnown(hosts, address, port)).toBe(false)
  })

  it.skipIf(!HAS_SSHD)('hashed by ssh-keygen is read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'coxswain-known-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'known_hosts')
    writeFileSync(file, `10.0.0.11,w1 ssh-ed25519 ${KEY}\n[10.0.0.12]:2222 ssh-ed25519 ${KEY}\n`)
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' })
    const text = readFileSync(file, 'utf8')

    expect(text).toMatch(/^\|1\|/)
    expect([find(text, '10.0.0.11'), find(text, 'w1'), find(text, '10.0.0.12', 2222)]).toEqual([[KEY], [KEY], [KEY]])
    expect(find(text, '10.0.0.12')).toEqual([])
  })

  it('leaves out comments, empty lines and authorities, and names the lines that are none', () => {
    const text = `# ours\n\n@cert-authority * ssh-ed25519 ${KEY}\nw1 ssh-ed25519 ${KEY} root@w1\r\nw2 ${KEY}\n@revoked w1 ssh-ed25519 ${KEY}`
    const { keys, bad } = parseKnownHosts(text)

    expect(keys.map(({ marker, hosts }) => [marker, hosts])).toEqual([
      [null, 'w1'],
      ['revoked', 'w1'],
    ])
    expect(bad).toEqual([{ line: 5 }])
  })

  it('takes any text, and a pattern of stars in no time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), (text, address) => {
        expect(find(text, address)).toEqual([])
      }),
    )
    expect(isKnown(`${'*a'.repeat(120)}b`, 'a'.repeat(250))).toBe(false)
  })

  it('agrees with the same pattern as a regular expression', () => {
    const letters = (...of: string[]) => fc.array(fc.constantFrom(...of), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(letters('a', 'b', '*', '?'), letters('a', 'b'), (pattern, name) => {
        const same = new RegExp(`^${pattern.join('').replaceAll('*', '.*').replaceAll('?', '.')}$`)
        expect(isKnown(pattern.join(''), name.join(''))).toBe(same.test(name.join('')))
      }),
    )
  })
})
