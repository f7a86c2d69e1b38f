/** One SSH connection: made, proven, used for one fixed command, ended. Nothing that the other side says is passed on as an error. */
import ssh2, { type Client, type ClientChannel, type ServerHostKeyAlgorithm } from 'ssh2'
import type { Host } from '#lib/queue/hosts'
import type { KeyVerdict, Trust } from './trust.ts'

export interface Login {
  readonly user: string
  /** OpenSSH or PEM text, without a passphrase. */
  readonly privateKey: string
}

/** Why there is no answer. */
export interface Failed {
  readonly kind: 'unreachable' | 'refused'
  readonly detail: string
}

export type Dialled = { readonly kind: 'ready'; readonly client: Client } | Failed

/** What a command wrote: the end of it, and not `isWhole`, if it was more than asked for. */
export type Ran =
  | { readonly kind: 'done'; readonly code: number | null; readonly output: Buffer; readonly isWhole: boolean }
  | Failed

export interface Command {
  /** Fixed text: nothing of it comes from a request, but for numbers. */
  readonly text: string
  readonly keepBytes: number
}

/** A command that writes more than this is not waited for. */
const READ_MAX_BYTES = 16 * 1024 * 1024

const TYPES: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
]

const DISTRUST: Readonly<Record<Exclude<KeyVerdict, 'trusted' | 'new'>, string>> = {
  changed:
    'Its host key is not the one that is known. If that is meant to be, put the new one into WORKER_KNOWN_HOSTS.',
  unknown: 'Its host key is not known. Put it into WORKER_KNOWN_HOSTS, or set WORKER_SSH_TRUST_ON_FIRST_USE=true.',
  revoked: 'Its host key is revoked in WORKER_KNOWN_HOSTS.',
}

/** Connects and logs in; the host key is judged before anything else is said. */
export async function dial(host: Host, login: Login, trust: Trust, signal: AbortSignal): Promise<Dialled> {
  const known = await trust.of(host)
  let seen: { readonly key: Buffer; readonly verdict: KeyVerdict } | undefined
  const client = new ssh2.Client()
  const dialled = await new Promise<Dialled>((resolve) => {
    const fail = (failed: Failed) => resolve(failed)
    signal.addEventListener('abort', () => fail(tooLate('did not finish the SSH handshake')), { once: true })
    // Stays: an error of a connection that is being ended has nobody else to hear it.
    client.on('error', (error) => fail(seenFailure(seen?.verdict) ?? failureOf(error, login)))
    client.once('close', () => fail(unreachable('It closed the connection.')))
    client.once('ready', () => resolve({ kind: 'ready', client }))
    if (signal.aborted) return fail(tooLate('was not asked'))
    client.connect({
      host: host.address,
      port: host.port,
      username: login.user,
      privateKey: login.privateKey,
      authHandler: ['publickey'],
      // The signal is the only limit.
      readyTimeout: 0,
      algorithms: { serverHostKey: preferred(known.types) },
      hostVerifier: (key: Buffer) => {
        seen = { key, verdict: known.judge(key) }
        return seen.verdict === 'trusted' || seen.verdict === 'new'
      },
    })
  })
  const settled =
    dialled.kind === 'ready' && seen?.verdict === 'new' ? await kept(dialled, host, seen.key, trust) : dialled
  if (settled.kind !== 'ready') client.destroy()
  return settled
}

/** The host has proven by now that the key is its own. */
async function kept(dialled: Dialled, host: Host, key: Buffer, trust: Trust): Promise<Dialled> {
  return (await trust.keep(host, key)) ? dialled : { kind: 'refused', detail: DISTRUST.changed }
}

/** Runs one command and keeps the end of what it writes. */
export function run(client: Client, command: Command, signal: AbortSignal): Promise<Ran> {
  return new Promise((resolve) => {
    const late = tooLate('did not finish the command')
    if (signal.aborted) return resolve({ ...late, kind: 'refused' })
    signal.addEventListener('abort', () => resolve({ ...late, kind: 'refused' }), { once: true })
    client.once('close', () => resolve(unreachable('It closed the connection.')))
    client.exec(command.text, (error, channel) => {
      if (error) return resolve({ kind: 'refused', detail: 'It does not let commands be run.' })
      collect(channel, command.keepBytes, resolve)
    })
  })
}

function collect(channel: ClientChannel, keepBytes: number, done: (ran: Ran) => void): void {
  const chunks: Buffer[] = []
  let [kept, read, code] = [0, 0, null as number | null]
  const tell = (output: Buffer) => done({ kind: 'done', code, output, isWhole: read <= keepBytes })
  const tail = () => Buffer.concat(chunks).subarray(-keepBytes)
  channel.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    kept += chunk.length
    read += chunk.length
    for (let first = chunks[0]; first !== undefined && kept - first.length >= keepBytes; first = chunks[0]) {
      kept -= first.length
      chunks.shift()
    }
    // The line that is being written then is left out.
    if (read > READ_MAX_BYTES) tell(tail().subarray(0, tail().lastIndexOf('\n') + 1))
  })
  channel.stderr.resume()
  channel.once('exit', (status: number | null) => {
    code = status
  })
  channel.once('close', () => tell(tail()))
}

/** Known types first, as OpenSSH does: a host with several keys is to show the one that is known. */
function preferred(known: readonly string[]): ServerHostKeyAlgorithm[] {
  const isKnown = (type: string) => known.includes(type.startsWith('rsa-') ? 'ssh-rsa' : type)
  return [...TYPES.filter(isKnown), ...TYPES.filter((type) => !isKnown(type))]
}

function seenFailure(verdict: KeyVerdict | undefined): Failed | undefined {
  if (verdict === undefined || verdict === 'trusted' || verdict === 'new') return undefined
  return { kind: 'refused', detail: DISTRUST[verdict] }
}

function failureOf(error: Error & { level?: string; code?: unknown }, { user }: Login): Failed {
  switch (error.level) {
    case 'client-authentication':
      return { kind: 'refused', detail: `It does not accept WORKER_SSH_KEY for the user ${user}.` }
    case 'client-socket':
      return unreachable(`It cannot be connected to (${codeOf(error.code)}).`)
    default:
      return unreachable('It broke off the SSH handshake.')
  }
}

/** The system's word, e.g. ECONNREFUSED. */
function codeOf(code: unknown): string {
  return typeof code === 'string' && /^[A-Z_0-9]{2,20}$/.test(code) ? code : 'no reason given'
}

const unreachable = (detail: string): Failed => ({ kind: 'unreachable', detail })
const tooLate = (what: string): Failed => unreachable(`It ${what} in time.`)
