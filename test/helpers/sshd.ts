/** Hosts for a test: real sshd on loopback, each with its own key, and a systemctl and a journalctl of the test's own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const SSHD = '/usr/sbin/sshd'
export const HAS_SSHD = existsSync(SSHD)

export const USER = userInfo().username
/** Where sshd, started as root, wants an empty folder to lock itself into. */
const PRIVSEP = '/run/sshd'

export interface HostOptions {
  /** Shell commands: what the host's systemctl and journalctl do. `$*` is what they were asked. */
  readonly systemctl?: string
  readonly journalctl?: string
  readonly keyType?: string
  /** False: it lets nobody in. */
  readonly accepts?: boolean
  /** Takes the place of an earlier host. */
  readonly port?: number
}

export interface TestHost {
  readonly port: number
  /** `ssh-ed25519 AAAA…` */
  readonly publicKey: string
  /** Its line of known_hosts. */
  readonly known: string
  /** The commands it was asked, one per line. */
  asked(): Promise<readonly string[]>
  stop(): Promise<void>
}

/** A folder with a user's key that every host accepts, and one that none does. */
export async function aFleet() {
  const folder = await mkdtemp(join(tmpdir(), 'coxswain-ssh-'))
  const keys = { accepted: newKey(folder, 'user'), stranger: newKey(folder, 'stranger') }
  await writeFile(join(folder, 'authorized_keys'), await readFile(`${keys.accepted}.pub`), { mode: 0o600 })
  const hosts: TestHost[] = []
  return {
    folder,
    keyPath: keys.accepted,
    privateKey: await readFile(keys.accepted, 'utf8'),
    strangersKey: await readFile(keys.stranger, 'utf8'),
    async host(options: HostOptions = {}): Promise<TestHost> {
      const authorized = options.accepts === false ? 'none' : join(folder, 'authorized_keys')
      const host = await startHost(await mkdtemp(join(folder, 'host-')), authorized, options)
      hosts.push(host)
      return host
    },
    async stop() {
      await Promise.all(hosts.map((host) => host.stop()))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Accepts connections and never says a word. */
export async function aMuteHost() {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A port on which nothing listens. */
export async function aDeadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function newKey(folder: string, name: string, type = 'ed25519'): string {
  const path = join(folder, name)
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', name, '-f', path])
  return path
}

async function startHost(folder: string, authorized: string, options: HostOptions): Promise<TestHost> {
  const { systemctl = 'echo active', journalctl = 'echo line', keyType = 'ed25519' } = options
  const bin = join(folder, 'bin')
  const asked = join(folder, 'asked')
  await mkdir(bin)
  await writeFile(asked, '')
  await program(join(bin, 'systemctl'), `echo "systemctl $*" >> '${asked}'\n${systemctl}`)
  await program(join(bin, 'journalctl'), `echo "journalctl $*" >> '${asked}'\n${journalctl}`)
  const key = newKey(folder, 'host_key', keyType)
  const port = options.port ?? (await aDeadPort())
  const config = join(folder, 'sshd_config')
  await writeFile(config, configOf({ port, key, authorized, path: `${bin}:${process.env['PATH']}` }))
  if (process.getuid?.() === 0) await mkdir(PRIVSEP, { recursive: true, mode: 0o755 })
  const child = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  await listening(child, port)
  const [type, blob] = (await readFile(`${key}.pub`, 'utf8')).split(' ')
  const publicKey = `${type} ${blob}`
  return {
    port,
    publicKey,
    known: `[127.0.0.1]:${port} ${publicKey}`,
    asked: async () => (await readFile(asked, 'utf8')).split('\n').filter((line) => line !== ''),
    stop: () => end(child),
  }
}

function configOf(of: { port: number; key: string; authorized: string; path: string }): string {
  return [
    `Port ${of.port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${of.key}`,
    `AuthorizedKeysFile ${of.authorized}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 100',
    `SetEnv PATH=${of.path}`,
    '',
  ].join('\n')
}

async function program(path: string, text: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${text}\n`)
  await chmod(path, 0o755)
}

/** Until sshd takes connections. Fails with its own words when it ends before. */
async function listening(child: ChildProcess, port: number): Promise<void> {
  let said = ''
  for await (const chunk of child.stderr ?? []) {
    said += String(chunk)
    if (said.includes('Server listening')) {
      child.stderr?.on('data', () => undefined)
      const probe = connect(port, '127.0.0.1')
      await once(probe, 'connect')
      probe.destroy()
      return
    }
  }
  throw new Error(`sshd did not start: ${said}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
