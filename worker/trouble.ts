/** Why another program could not be spoken to, and what to do about it. Pure. */

/** Who was called: the setting that holds its address, and the address. */
export interface Called {
  readonly setting: string
  readonly url: string
}

interface Rule {
  /** Of an error code, or of the message where there is no code. */
  readonly is: RegExp
  says(host: string, setting: string): string
}

/** The first that fits a link of the chain of causes counts. Codes are Node's, OpenSSL's and undici's. */
const RULES: readonly Rule[] = [
  { is: /^ENOTFOUND$/, says: (host, setting) => `the name of ${host} is not known to DNS: is ${setting} right?` },
  { is: /^EAI_AGAIN$/, says: (host) => `the name of ${host} cannot be looked up now: does DNS work on this machine?` },
  {
    is: /^ECONNREFUSED$|^bad port$/,
    says: (host, setting) => `nothing listens at ${host}: is it started, and is the port in ${setting} right?`,
  },
  { is: /^E(?:HOST|NET)UNREACH$/, says: (host) => `there is no route to ${host}: is the network up?` },
  {
    is: /^ETIMEDOUT$|^UND_ERR_CONNECT_TIMEOUT$|^UND_ERR_HEADERS_TIMEOUT$|^TimeoutError$/,
    says: (host) => `${host} did not answer in time: is it busy, or a firewall in between?`,
  },
  {
    is: /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$|^EPROTO$/,
    says: (host, setting) =>
      `${host} does not speak TLS at this port: must ${setting} begin with http:// instead of https://?`,
  },
  { is: /^CERT_HAS_EXPIRED$/, says: (host) => `the certificate of ${host} has expired: renew it` },
  {
    is: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    says: (host, setting) => `the certificate of ${host} is for another name: put that name into ${setting}`,
  },
  {
    is: /SELF_SIGNED_CERT|^UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/,
    says: (host) =>
      `the certificate of ${host} is signed by an authority that this machine does not know: name its file in NODE_EXTRA_CA_CERTS`,
  },
  {
    is: /^HPE_|does not match the HTTP\/1\.1 protocol/,
    says: (host, setting) => `what listens at ${host} does not speak HTTP: is the port in ${setting} right?`,
  },
  {
    is: /^UND_ERR_SOCKET$|^ECONNRESET$|^EPIPE$/,
    says: (host, setting) => `${host} ended the connection without an answer: must ${setting} begin with https://?`,
  },
  {
    is: /^unexpected redirect$/,
    says: (host, setting) => `${host} leads on to another address: put that one into ${setting}`,
  },
]

/** Links of a chain of causes that are looked at. */
const LONGEST_CHAIN = 8

/** The end of a sentence, without the values of credentials: what is in the way of calling `called`. */
export function troubleOf(error: unknown, { setting, url }: Called): string {
  const host = URL.parse(url)?.host ?? url
  for (const text of marksOf(error)) {
    const rule = RULES.find(({ is }) => is.test(text))
    if (rule) return ended(rule.says(host, setting))
  }
  const [mark = 'no reason given'] = marksOf(error).reverse()
  return `${host} cannot be spoken to (${mark.slice(0, 200)}).`
}

const ended = (clause: string): string => (clause.endsWith('?') ? clause : `${clause}.`)

/** Codes, names and messages along the chain, the outermost first. */
function marksOf(error: unknown): string[] {
  const marks: string[] = []
  let link: unknown = error
  for (let depth = 0; depth < LONGEST_CHAIN && link instanceof Error; depth += 1) {
    const { code } = link as NodeJS.ErrnoException
    marks.push(...[typeof code === 'string' ? code : '', link.name, link.message].filter(Boolean))
    link = link instanceof AggregateError ? link.errors[0] : link.cause
  }
  return marks
}
