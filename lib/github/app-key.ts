/** The private key of a GitHub App, as a person puts it into one variable: PEM text, on one line too, or a path to it. */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { AppError } from '#lib/errors'

const PEM_BEGINS = '-----BEGIN'

/** The key in PEM (PKCS #8). Throws AppError `invalid`, which never quotes the key. */
export function readPrivateKey(given: string): string {
  const key = parse(given.includes(PEM_BEGINS) ? given.replaceAll('\\n', '\n') : fileAt(given))
  if (key.asymmetricKeyType !== 'rsa') throw wrong('is no RSA key; use the one that GitHub made for the App')
  return String(key.export({ type: 'pkcs8', format: 'pem' }))
}

function fileAt(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw wrong('is neither the PEM text of a key nor the path of a file that can be read', cause)
  }
}

function parse(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw wrong('cannot be read as a private key', cause)
  }
}

function wrong(why: string, cause?: unknown): AppError {
  return new AppError('invalid', `The configuration is wrong. GITHUB_APP_PRIVATE_KEY: ${why}`, { cause })
}
