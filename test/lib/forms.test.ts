import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { dnsLabel, dnsName, isImage, word } from '#lib/forms'

const takes = (schema: z.core.$ZodType) => (text: string) => z.safeParse(schema, text).success
const alnum = fc.stringMatching(/^[a-z0-9]{1,10}$/)

describe('a DNS label', () => {
  it.each(['dsm', 'a', 'a-1', 'x'.repeat(63)])('may be %s', (text) => {
    expect(takes(dnsLabel)(text)).toBe(true)
  })

  it.each(['Not_Valid', '-a', 'a-', 'a.b', 'x'.repeat(64), 'ä', 'a\n'])('may not be %j', (text) => {
    expect(takes(dnsLabel)(text)).toBe(false)
  })
})

describe('a DNS name', () => {
  it('is DNS labels joined by dots, of at most 253 characters', () => {
    const names = fc.array(alnum, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'))
    fc.assert(fc.property(names, (name) => takes(dnsName)(name)))
    expect(
      ['', 'a..b', '.a', 'A', 'a_b', `${'x'.repeat(60)}.`.repeat(4) + 'x'.repeat(60)].filter(takes(dnsName)),
    ).toEqual([])
  })
})

describe('a container image', () => {
  it.each([
    'curlimages/curl:8.11.1',
    'busybox',
    'localhost:5000/team/app',
    'registry.example.com:443/a/b_c/d--e:v1.2_3',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com/scrum:latest',
    `ghcr.io/acme/app@sha256:${'a'.repeat(64)}`,
    `ghcr.io/acme/app:1@sha256:${'a'.repeat(64)}`,
    '[::1]:5000/app',
  ])('may be %s', (text) => {
    expect(isImage(text)).toBe(true)
  })

  it.each([
    '',
    'no image',
    'UPPER',
    'a/',
    '/a',
    'a//b',
    'a:',
    'a:b:c',
    'a@sha256:1',
    'a@b@c',
    'https://x/y',
    'a/B',
    'x'.repeat(513),
  ])('may not be %j', (text) => {
    expect(isImage(text)).toBe(false)
  })

  it('is read from its parts', () => {
    const parts = fc.tuple(fc.array(alnum, { minLength: 1, maxLength: 4 }), alnum)
    fc.assert(fc.property(parts, ([path, tag]) => isImage(`registry.example/${path.join('/')}:${tag}`)))
  })
})

describe('a word', () => {
  it('holds no space and nothing that a header could not carry', () => {
    expect(['ghp_1', '!~', 'x'.repeat(16_384)].every(takes(word))).toBe(true)
    expect(['', 'a b', 'a\tb', 'ä', 'a\u0000', 'x'.repeat(16_385)].filter(takes(word))).toEqual([])
  })
})
