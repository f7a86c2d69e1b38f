/** How the cluster is reached and what runs in it, read from the configuration. */
import * as z from 'zod/mini'
import { type Config, optionalText, optionalUrl, settings, whole } from '#lib/config'
import { AppError } from '#lib/errors'
import { dnsLabel, dnsName, image, optionalWord } from '#lib/forms'
import { DEFAULT_COMMAND, type JobSettings } from './manifest.ts'

/** One of the four ways into a cluster. */
export type ClusterAccess =
  /** A kubeconfig file, or several separated as PATH is, with whatever credentials it names. */
  | { readonly kind: 'kubeconfig'; readonly path: string }
  /** The service account of the pod this runs in. */
  | { readonly kind: 'in_cluster' }
  /** An address and a token; `ca` is PEM text, undefined for a certificate of a public authority. */
  | { readonly kind: 'address'; readonly url: string; readonly token: string; readonly ca: string | undefined }
  /** An EKS cluster, as the AWS identity this runs under. */
  | {
      readonly kind: 'eks'
      readonly url: string
      readonly ca: string | undefined
      readonly cluster: string
      readonly region: string
    }

export interface ClusterConfig {
  readonly access: ClusterAccess
  readonly job: JobSettings
}

const PEM = '-----BEGIN CERTIFICATE-----'

/** PEM text, or the base64 of it as a kubeconfig holds it. */
const certificate = z.pipe(
  z.string().check(z.refine((text) => pemOf(text).startsWith(PEM), 'must be a PEM certificate, or its base64')),
  z.transform(pemOf),
)
const argv = z.pipe(
  z.string().check(z.refine((text) => argvOf(text) !== undefined, 'must be a JSON array of strings, not empty')),
  z.transform((text: string) => argvOf(text) ?? []),
)

/** The variables, for `readConfig`. The ways in are tried from top to bottom. */
export const clusterSettings = {
  K8S_API_URL: optionalUrl.check(z.refine(isSecure, 'must be an https address (http only on this machine)')),
  /** Needed with K8S_API_URL, except on EKS. */
  K8S_TOKEN: optionalWord,
  K8S_CA: z.optional(certificate),
  /** With K8S_API_URL and K8S_CA: tokens are made from the AWS identity instead of taken from K8S_TOKEN. */
  EKS_CLUSTER_NAME: z.optional(
    z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'must be the name of an EKS cluster')),
  ),
  AWS_REGION: settings.AWS_REGION,
  KUBECONFIG: optionalText,
  /** Set by Kubernetes in every pod. */
  KUBERNETES_SERVICE_HOST: optionalText,
  K8S_NAMESPACE: z._default(dnsLabel, 'dsm'),
  CRONJOB_IMAGE: z._default(image, 'curlimages/curl:8.11.1'),
  CRONJOB_COMMAND: z._default(argv, [...DEFAULT_COMMAND]),
  /** The sprint service as the cluster's pods see it. */
  CRONJOB_SPRINT_SERVICE_URL: optionalUrl,
  CRONJOB_SERVICE_ACCOUNT: z._default(dnsName, 'dsm-job-runner-sa'),
  /** `none` when the image is public. */
  CRONJOB_PULL_SECRET: z._default(dnsName, 'agile-corp-reg-secret'),
  CRONJOB_STARTING_DEADLINE_SECONDS: whole(300, { min: 200, max: 86_400 }),
} as const

/** Throws `invalid` when no way into a cluster is configured, or half of one. */
export function clusterConfig(values: Config<typeof clusterSettings>): ClusterConfig {
  const namespace = values.K8S_NAMESPACE
  const sprintService = values.CRONJOB_SPRINT_SERVICE_URL ?? `http://sprint-service.${namespace}.svc.cluster.local`
  return {
    access: accessOf(values),
    job: {
      namespace,
      image: values.CRONJOB_IMAGE,
      command: values.CRONJOB_COMMAND,
      environment: { SPRINT_SERVICE_URL: sprintService.replace(/(?<!\/)\/+$/, '') },
      serviceAccount: values.CRONJOB_SERVICE_ACCOUNT,
      pullSecret: values.CRONJOB_PULL_SECRET === 'none' ? null : values.CRONJOB_PULL_SECRET,
      startingDeadlineSeconds: values.CRONJOB_STARTING_DEADLINE_SECONDS,
    },
  }
}

/** Whether anything leads to a cluster, right or wrong. */
export function isReachable(values: Config<typeof clusterSettings>): boolean {
  return [values.K8S_API_URL, values.KUBECONFIG, values.KUBERNETES_SERVICE_HOST].some((way) => way !== undefined)
}

function accessOf(values: Config<typeof clusterSettings>): ClusterAccess {
  const { K8S_API_URL: url, K8S_TOKEN: token, K8S_CA: ca, EKS_CLUSTER_NAME: cluster } = values
  if (url !== undefined && cluster !== undefined) return { kind: 'eks', url, ca, cluster, region: values.AWS_REGION }
  if (url !== undefined && token !== undefined) return { kind: 'address', url, token, ca }
  if (url !== undefined) throw wrong('K8S_TOKEN', 'is needed with K8S_API_URL (or EKS_CLUSTER_NAME on EKS)')
  if (values.KUBECONFIG !== undefined) return { kind: 'kubeconfig', path: values.KUBECONFIG }
  if (values.KUBERNETES_SERVICE_HOST !== undefined) return { kind: 'in_cluster' }
  throw wrong('KUBECONFIG', 'is not set, nor K8S_API_URL with K8S_TOKEN, and this is no pod of a cluster')
}

function wrong(path: string, message: string): AppError {
  return new AppError('invalid', `The configuration is wrong. ${path}: ${message}`, { errors: [{ path, message }] })
}

/** The token goes along with every call. */
function isSecure(url: string | undefined): boolean {
  return (
    url === undefined || url.startsWith('https:') || /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/.test(url)
  )
}

function pemOf(text: string): string {
  return text.startsWith('-----') ? text.replaceAll('\\n', '\n') : Buffer.from(text, 'base64').toString('utf8')
}

function argvOf(text: string): string[] | undefined {
  try {
    const read = z.safeParse(z.array(z.string()).check(z.minLength(1)), JSON.parse(text))
    return read.success ? read.data : undefined
  } catch {
    return undefined
  }
}
