/** What the environment asks of the gRPC server, checked as a whole before it starts. */
import { readFileSync } from 'node:fs'
import * as z from 'zod/mini'
import { type Environment, flag, optionalText, readConfig, settings, whole } from '#lib/config'
import { AppError } from '#lib/errors'

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/

/** The variables, for `readConfig`. */
export const grpcSettings = {
  COXSWAIN_LOCAL: settings.COXSWAIN_LOCAL,
  GRPC_HOST: z._default(
    z.string().check(z.regex(/^[A-Za-z0-9.:-]{1,253}$/, 'must be a host or an address')),
    '0.0.0.0',
  ),
  /** 0 takes any free port. */
  GRPC_PORT: whole(50_055, { min: 0, max: 65_535 }),
  GRPC_TLS_CERT: optionalText,
  GRPC_TLS_KEY: optionalText,
  /** Other machines may call without TLS: what protects the way is none of ours, e.g. a mesh. */
  GRPC_INSECURE: flag,
  /** 0: nobody is told the figures. */
  GRPC_METRICS_PORT: whole(0, { min: 0, max: 65_535 }),
  /** Below the 30 s that Kubernetes waits before it kills. */
  GRPC_DRAIN_SECONDS: whole(25, { min: 0, max: 3_600 }),
}

export interface GrpcSettings {
  readonly host: string
  readonly port: number
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined
  readonly metricsPort: number | undefined
  readonly drainMs: number
  /** Callers need a token: always, but on the loopback of a laptop. */
  readonly tokens: boolean
}

/** Throws AppError `invalid` that names everything that is wrong. */
export function readGrpcSettings(env?: Environment): GrpcSettings {
  const config = readConfig(grpcSettings, env)
  const { GRPC_HOST: host, GRPC_TLS_CERT: cert, GRPC_TLS_KEY: key } = config
  const tls = tlsOf(cert, key)
  if (tls === undefined && !LOOPBACK.test(host) && !config.GRPC_INSECURE)
    throw wrong('GRPC_INSECURE', unprotected(host))
  return {
    host,
    port: config.GRPC_PORT,
    tls,
    metricsPort: config.GRPC_METRICS_PORT || undefined,
    drainMs: config.GRPC_DRAIN_SECONDS * 1000,
    tokens: !(LOOPBACK.test(host) && config.COXSWAIN_LOCAL),
  }
}

const unprotected = (host: string) =>
  `is not true, but the gRPC server would listen on ${host} without TLS, where others can read tokens on the way. Set GRPC_TLS_CERT and GRPC_TLS_KEY, or listen on 127.0.0.1, or set GRPC_INSECURE=true where something else protects the way, such as a mesh`

function tlsOf(cert: string | undefined, key: string | undefined): GrpcSettings['tls'] {
  if (cert === undefined && key === undefined) return undefined
  if (cert === undefined) throw wrong('GRPC_TLS_CERT', 'is not set, though GRPC_TLS_KEY is')
  if (key === undefined) throw wrong('GRPC_TLS_KEY', 'is not set, though GRPC_TLS_CERT is')
  return { cert: contents('GRPC_TLS_CERT', cert), key: contents('GRPC_TLS_KEY', key) }
}

function contents(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw wrong(name, `cannot read ${path}`, cause)
  }
}

function wrong(path: string, message: string, cause?: unknown): AppError {
  return new AppError('invalid', `The configuration is wrong. ${path}: ${message}`, {
    cause,
    errors: [{ path, message }],
  })
}
