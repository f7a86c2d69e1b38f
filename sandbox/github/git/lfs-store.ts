/** Objects of Git LFS on disk, by repository and SHA-256. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream as NodeStream } from 'node:stream/web'

export type Operation = 'download' | 'upload'

export interface LfsStore {
  /** Bytes; undefined when it is not there. */
  sizeOf(repository: number, oid: string): Promise<number | undefined>
  read(repository: number, oid: string): ReadableStream<Uint8Array>
  /** False, and nothing is kept, when the content has another hash. */
  write(repository: number, oid: string, content: ReadableStream<Uint8Array> | null): Promise<boolean>
  /** What lets whoever has it transfer this one object, without a token; as the signed addresses that GitHub gives out. */
  sign(operation: Operation, repository: number, oid: string): string
  isSigned(signature: string, operation: Operation, place: { repository: number; oid: string }): boolean
}

export function createLfsStore(root: string): LfsStore {
  const secret = randomBytes(32)
  const fileOf = (repository: number, oid: string): string => join(root, String(repository), oid.slice(0, 2), oid)
  const sign = (operation: Operation, repository: number, oid: string): string =>
    createHmac('sha256', secret).update(`${operation} ${repository} ${oid}`).digest('hex')

  return {
    sign,
    isSigned(signature, operation, { repository, oid }) {
      const [given, wanted] = [Buffer.from(signature), Buffer.from(sign(operation, repository, oid))]
      return given.length === wanted.length && timingSafeEqual(given, wanted)
    },
    sizeOf: (repository, oid) =>
      stat(fileOf(repository, oid)).then(
        ({ size }) => size,
        () => undefined,
      ),
    read: (repository, oid) =>
      Readable.toWeb(createReadStream(fileOf(repository, oid))) as unknown as ReadableStream<Uint8Array>,
    async write(repository, oid, content) {
      const file = fileOf(repository, oid)
      const aside = `${file}.${randomBytes(6).toString('hex')}`
      await mkdir(dirname(file), { recursive: true })
      const hash = createHash('sha256')
      const hashing = new Transform({
        transform(chunk: Buffer, _, done) {
          hash.update(chunk)
          done(null, chunk)
        },
      })
      const source = content === null ? Readable.from([]) : Readable.fromWeb(content as NodeStream)
      await pipeline(source, hashing, createWriteStream(aside))
      const isRight = hash.digest('hex') === oid
      if (isRight) await rename(aside, file)
      else await rm(aside)
      return isRight
    },
  }
}
