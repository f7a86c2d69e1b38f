/** The ways in that a kubeconfig can name. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as yaml from 'yaml'
import { aCluster, aFolder, ourCronJobs } from '#test/helpers/cluster'

async function aWayIn() {
  const cluster = await aCluster()
  const folder = await aFolder()
  const path = join(folder, 'config')
  const write = (user: object, authority: object = { 'certificate-authority-data': base64(cluster.ca) }) =>
    writeFile(
      path,
      yaml.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: cluster.url, ...authority } }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    )
  return { cluster, folder, path, write, ...ourCronJobs(cluster, { access: { kind: 'kubeconfig', path } }) }
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** A credential plugin that prints the token of a file. */
async function aPlugin(folder: string): Promise<string> {
  const command = join(folder, 'plugin.sh')
  const credential = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}'
  await writeFile(command, `#!/bin/sh\nprintf '${credential}' "$(cat ${join(folder, 'token')})"\n`)
  await chmod(command, 0o755)
  return command
}

describe('a kubeconfig', () => {
  it('may keep the token in a file, which is named from where the kubeconfig is', async () => {
    const { cluster, folder, write, cronJobs } = await aWayIn()
    await mkdir(join(folder, 'secrets'))
    await writeFile(join(folder, 'secrets/token'), `${cluster.token}\n`)
    await write({ tokenFile: 'secrets/token' })

    expect(await cronJobs.list()).toEqual([])
  })

  it('whose token file is rotated is read again', async () => {
    const { cluster, folder, write, cronJobs } = await aWayIn()
    await writeFile(join(folder, 'token'), cluster.token)
    await write({ tokenFile: 'token' })
    expect(await cronJobs.list()).toEqual([])

    await writeFile(join(folder, 'token'), 'expired')
    await expect(cronJobs.list()).rejects.toMatchObject({ code: 'forbidden', details: { status: 401 } })
    await writeFile(join(folder, 'token'), cluster.token)

    expect(await cronJobs.list()).toEqual([])
  })

  it('that is rewritten with another token is read again after a 401, within the same call', async () => {
    const { cluster, write, cronJobs } = await aWayIn()
    await write({ token: cluster.token })
    expect(await cronJobs.list()).toEqual([])
    await write({ token: cluster.tokenOf('dsm', 'default') })
    cluster.fail({ match: { path: /\/cronjobs/ }, status: 401 })

    // The new token has no rights: it was read.
    await expect(cronJobs.list()).rejects.toMatchObject({ code: 'forbidden', details: { status: 403 } })
  })

  it('may name a credential plugin, which is asked again after a 401', async () => {
    const { cluster, folder, write, cronJobs } = await aWayIn()
    await writeFile(join(folder, 'token'), cluster.token)
    await write({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: await aPlugin(folder) } })
    expect(await cronJobs.list()).toEqual([])
    await writeFile(join(folder, 'token'), cluster.tokenOf('dsm', 'default'))
    cluster.fail({ match: { path: /\/cronjobs/ }, status: 401 })

    await expect(cronJobs.list()).rejects.toMatchObject({ code: 'forbidden', details: { status: 403 } })
  })

  it('with a plugin that is not there, or fails, names it and what to do', async () => {
    const { folder, write, cronJobs } = await aWayIn()
    const missing = join(folder, 'no-such-plugin')
    await write({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: missing } })

    await expect(cronJobs.list()).rejects.toMatchObject({
      code: 'upstream_unavailable',
      message: expect.stringMatching(/no-such-plugin of the kubeconfig gives no credentials: .*Install it/),
    })
  })

  it.each([
    ['the kubeconfig itself', undefined, 'config'],
    ['its token file', { tokenFile: 'gone/token' }, 'gone/token'],
    [
      'its client certificate',
      { 'client-certificate': 'gone/cert.pem', 'client-key': 'gone/key.pem' },
      'gone/cert.pem',
    ],
  ])('names the path that is not there: %s', async (_, user, file) => {
    const { folder, write, cronJobs } = await aWayIn()
    if (user !== undefined) await write(user)

    await expect(cronJobs.list()).rejects.toMatchObject({
      code: 'invalid',
      message: `KUBECONFIG leads to ${join(folder, file)}: the file is not there, or may not be read.`,
    })
  })

  it('that is none says so', async () => {
    const { path, cronJobs } = await aWayIn()
    await writeFile(path, '{ not: [yaml')

    await expect(cronJobs.list()).rejects.toMatchObject({
      code: 'invalid',
      message: `KUBECONFIG leads to ${path}: it is no kubeconfig.`,
    })
  })
})
