/** An answer of 10 MB that never makes sense, sent in pieces: whoever stops reading is noticed. */

const SIZE = 10_000_000
const PIECE = new Uint8Array(64_000).fill('x'.charCodeAt(0))
const BEGINNING = new TextEncoder().encode('{"choices":[{"index":0,"message":{"role":"assistant","content":"')

export function hugeAnswer(cutOff: () => void): Response {
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = sent === 0 ? BEGINNING : PIECE
      sent += piece.length
      controller.enqueue(piece)
      if (sent >= SIZE) controller.close()
    },
    cancel: cutOff,
  })
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}
