import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kindOfAddress, serviceBase } from '#lib/upstream/addresses'
import { createServiceFetch } from '#lib/upstream/service-fetch'
import { aClient, answering } from './helpers.ts'

describe('an address', () => {
  it.each([
    ['169.254.169.254', 'never'],
    ['fe80::1', 'never'],
    ['fd00:ec2::254', 'never'],
    ['0.0.0.0', 'never'],
    ['::', 'never'],
    ['224.0.0.1', 'never'],
    ['::ffff:169.254.169.254', 'never'],
    ['64:ff9b::a9fe:a9fe', 'never'],
    ['not an address', 'never'],
    ['127.0.0.1', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.31.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fd12::1', 'private'],
    ['93.184.216.34', 'public'],
    ['172.32.0.1', 'public'],
    ['2606:2800:220:1::1', 'public'],
  ])('%s is %s', (address, kind) => {
    expect(kindOfAddress(address)).toBe(kind)
  })

  it('means the same in IPv6 dress', () => {
    fc.assert(fc.property(fc.ipV4(), (v4) => kindOfAddress(v4) === kindOfAddress(`::ffff:${v4}`)))
  })
})

describe('the base address of a service', () => {
  it('keeps its path and loses its slash', () => {
    expect(serviceBase('sprint', 'http://stand-in:8001/sprint/', [])).toBe('http://stand-in:8001/sprint')
    expect(serviceBase('sprint', 'http://sprint.dsm.svc.cluster.local', [])).toBe('http://sprint.dsm.svc.cluster.local')
  })

  it.each([
    'file:///etc/passwd',
    'sprint',
    'http://user:secret@sprint',
    'http://sprint?x=1',
    'http://169.254.169.254',
    'http://0xa9fea9fe/',
    'http://2852039166',
    'http://[::ffff:a9fe:a9fe]',
    'http://[fe80::1]:80',
  ])('cannot be %s', (address) => {
    expect(() => serviceBase('sprint', address, [])).toThrow(
      expect.objectContaining({
        code: 'invalid',
        details: { service: 'sprint' },
        message: expect.not.stringContaining('secret'),
      }),
    )
  })
})

describe('a connection', () => {
  it('is not made to where a name must not lead', async () => {
    const { project } = await answering(200, [])
    const { port } = new URL(project)
    // "localhost" leads to loopback; what would be a rebound name elsewhere is refused just so.
    const fetch = createServiceFetch((address) => kindOfAddress(address) !== 'loopback')
    const named = { project, backlog: project, sprint: `http://localhost:${port}`, chronicle: project }
    const { upstream, pauses } = aClient(named, { fetch })

    for (const call of [() => upstream.sprints('P1'), () => upstream.projects()]) {
      await expect(call()).rejects.toMatchObject({
        code: 'upstream_unavailable',
        details: { reason: 'forbidden_address' },
      })
    }
    expect(pauses).toEqual([])
  })

  it('is made to where it may', async () => {
    const { project } = await answering(200, [])
    const base = `http://localhost:${new URL(project).port}`
    const { upstream } = aClient({ project: base, backlog: base, sprint: base, chronicle: base })

    expect(await upstream.projects()).toEqual([])
  })

  it('that nobody answers was never made', async () => {
    const nobody = 'http://127.0.0.1:1'
    const { upstream } = aClient({ project: nobody, backlog: nobody, sprint: nobody, chronicle: nobody })

    await expect(upstream.projects()).rejects.toMatchObject({ details: { reason: 'no_connection' } })
  })

  it('works with the fetch of the platform as well', async () => {
    const { upstream } = aClient(await answering(200, []), { fetch: globalThis.fetch })

    expect(await upstream.projects()).toEqual([])
  })
})
