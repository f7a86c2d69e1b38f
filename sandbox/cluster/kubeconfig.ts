/** The kubeconfig that leads kubectl and every other client to the stand-in. */
import { writeFileSync } from 'node:fs'
import * as yaml from 'yaml'

export interface Entrance {
  readonly url: string
  readonly token: string
  /** PEM. */
  readonly certificate: string
  readonly namespace: string
}

const NAME = 'stand-in'

/** Readable by its owner alone, for it holds the token. */
export function writeKubeconfig(path: string, { url, token, certificate, namespace }: Entrance): void {
  const authority = Buffer.from(certificate).toString('base64')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': NAME,
    clusters: [{ name: NAME, cluster: { server: url, 'certificate-authority-data': authority } }],
    users: [{ name: NAME, user: { token } }],
    contexts: [{ name: NAME, context: { cluster: NAME, user: NAME, namespace } }],
  }
  writeFileSync(path, yaml.stringify(config), { mode: 0o600 })
}
