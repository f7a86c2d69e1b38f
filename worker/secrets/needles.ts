/** The forms in which a secret may show in text, and text without what may stand between its parts. Pure. */

/** Shorter values are too likely to be ordinary words. */
const SHORTEST_SECRET = 6

/** Shorter pieces of base64 are too likely to be part of something else. */
const SHORTEST_PIECE = 8

/** From this length on a secret is found in pieces too; shorter ones could be made up of neighbouring words. */
const SHORTEST_SPLIT = 16

/** Blanks, line breaks and NULs; quotes, joints and escapes of strings in source text. */
const BETWEEN = /[\0-\x20\x7f"'`+\\,;]/g
/** By code of a character: 1 for those of `BETWEEN`. */
const IS_BETWEEN = Uint8Array.from({ length: 128 }, (_, code) =>
  String.fromCharCode(code).search(BETWEEN) === 0 ? 1 : 0,
)

/**
 * Every form in which one of `secrets` may show: as it is, URL-encoded, in hexadecimal, in base64 (alone, as Git's basic
 * credentials, and within a longer text).
 */
export function formsOf(secrets: readonly string[]): readonly string[] {
  const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET)
  return [...new Set(long.flatMap(formsOfOne))]
}

function formsOfOne(secret: string): readonly string[] {
  const hex = Buffer.from(secret).toString('hex')
  const base64 = [base64Of(secret), base64Of(basicCredentials(secret)), ...piecesOf(secret)]
  const urlSafe = base64.map((text) =>
    text
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replace(/={1,2}$/, ''),
  )
  return [secret, encodeURIComponent(secret), hex, hex.toUpperCase(), ...base64, ...urlSafe]
}

const base64Of = (text: string): string => Buffer.from(text).toString('base64')

/** User and password as GitHub takes a token over Git's HTTP. */
export function basicCredentials(token: string): string {
  return `x-access-token:${token}`
}

/** What is the same in the base64 of every text that holds `secret`: one piece for each position within three bytes. */
function piecesOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const pieces = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    // Six bits a character: those at the edges hold bits of the neighbours as well.
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
  })
  return pieces.filter((piece) => piece.length >= SHORTEST_PIECE)
}

/** `text` without blanks, quotes and the like: the parts of a secret that was split are neighbours in it. */
export function squeeze(text: string): string {
  return text.replace(BETWEEN, '')
}

/** Those of `forms` that are looked for in squeezed text, as they stand there. */
export function splitForms(forms: readonly string[]): readonly string[] {
  return [...new Set(forms.map(squeeze).filter((form) => form.length >= SHORTEST_SPLIT))]
}

/** The squeezed text, and where each of its characters stands in `text`. */
export function squeezeWithPlaces(text: string): { readonly squeezed: string; readonly places: Uint32Array } {
  const places = new Uint32Array(text.length)
  let count = 0
  for (let at = 0; at < text.length; at += 1) {
    if (IS_BETWEEN[text.charCodeAt(at)] === 1) continue
    places[count] = at
    count += 1
  }
  return { squeezed: squeeze(text), places: places.subarray(0, count) }
}
