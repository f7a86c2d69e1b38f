/**
 * `as-user.ts <uid> <gid> <repository>`: serves a repository to the worker's `git fetch` as the command's user, so that what
 * lies in its `.git` leads to no file that this user may not read.
 */
import { environment } from '../start/environment.ts'

const [uid = '', gid = '', ...args] = process.argv.slice(2)
process.chdir('/')
process.setgroups?.([])
process.setgid?.(Number(gid))
process.setuid?.(Number(uid))
const env = { ...environment(), HOME: '/' } as Record<string, string>
process.execve?.('/bin/sh', ['sh', '-c', 'exec git upload-pack "$@"', 'sh', ...args], env)
