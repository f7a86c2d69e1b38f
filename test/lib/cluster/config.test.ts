import { describe, expect, it } from 'vitest'
import { clusterConfig, clusterSettings } from '#lib/cluster/config'
import { readConfig } from '#lib/config'
import { createIdentity } from '#sandbox/cluster/tls/certificate'

const { certificate } = createIdentity(['localhost'], new Date())

const configOf = (env: Record<string, string>) => clusterConfig(readConfig(clusterSettings, env))
const API = { K8S_API_URL: 'https://cluster.example/' }

describe('the way into the cluster', () => {
  it.each([
    [
      { ...API, K8S_TOKEN: 't', KUBECONFIG: '/x' },
      { kind: 'address', url: 'https://cluster.example', token: 't' },
    ],
    [
      { ...API, K8S_TOKEN: 't', K8S_CA: certificate },
      { kind: 'address', ca: certificate.trim() },
    ],
    [
      { ...API, K8S_TOKEN: 't', K8S_CA: Buffer.from(certificate).toString('base64') },
      { kind: 'address', ca: certificate },
    ],
    [
      { ...API, EKS_CLUSTER_NAME: 'prod', AWS_REGION: 'eu-west-1' },
      { kind: 'eks', cluster: 'prod', region: 'eu-west-1' },
    ],
    [
      { KUBECONFIG: '/a:/b', KUBERNETES_SERVICE_HOST: '10.0.0.1' },
      { kind: 'kubeconfig', path: '/a:/b' },
    ],
    [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, { kind: 'in_cluster' }],
  ])('is read from %j', (env, access) => {
    expect(configOf(env as Record<string, string>).access).toMatchObject(access)
  })

  it.each([
    [{}, 'KUBECONFIG: is not set'],
    [API, 'K8S_TOKEN: is needed'],
    [{ ...API, K8S_TOKEN: 't', K8S_CA: 'nonsense' }, 'K8S_CA: must be a PEM certificate'],
    [{ K8S_API_URL: 'http://cluster.example', K8S_TOKEN: 't' }, 'K8S_API_URL: must be an https address'],
    [{ ...API, K8S_TOKEN: 't', K8S_NAMESPACE: 'Not A Label' }, 'K8S_NAMESPACE'],
    [{ ...API, K8S_TOKEN: 't', CRONJOB_COMMAND: 'curl x' }, 'CRONJOB_COMMAND: must be a JSON array'],
    [{ ...API, K8S_TOKEN: 't', CRONJOB_STARTING_DEADLINE_SECONDS: '10' }, 'from 200'],
  ])('is refused from %j', (env, complaint) => {
    expect(() => configOf(env as Record<string, string>)).toThrow(complaint)
  })
})

describe('what runs in the cluster', () => {
  it('follows the namespace unless it is told otherwise', () => {
    const env = { ...API, K8S_TOKEN: 't' }

    expect(configOf(env).job).toMatchObject({
      namespace: 'dsm',
      environment: { SPRINT_SERVICE_URL: 'http://sprint-service.dsm.svc.cluster.local' },
      pullSecret: 'agile-corp-reg-secret',
    })
    expect(
      configOf({
        ...env,
        K8S_NAMESPACE: 'scrum',
        CRONJOB_IMAGE: 'reg.example/scrum:2',
        CRONJOB_COMMAND: '["run", "--sprint", "$(SPRINT_ID)"]',
        CRONJOB_SPRINT_SERVICE_URL: 'http://sprints/',
        CRONJOB_PULL_SECRET: 'none',
      }).job,
    ).toMatchObject({
      namespace: 'scrum',
      image: 'reg.example/scrum:2',
      command: ['run', '--sprint', '$(SPRINT_ID)'],
      environment: { SPRINT_SERVICE_URL: 'http://sprints' },
      pullSecret: null,
    })
  })
})
