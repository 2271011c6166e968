/**
 * Walks a file through its life on a stack that runs, through its front and over TLS, and throws where something is not as promised:
 * `node test/smoke/smoke.ts URL`, with what `holdfast api-keys create --json` printed on its input. The key is revoked at the end.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { json as readJson } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCaller, json } from '../demo/caller.ts'
import { demand, tell } from '../demo/tell.ts'
import { pngOf } from '../service/png.ts'

const [url = ''] = process.argv.slice(2)
const { id: keyId, key } = (await readJson(process.stdin)) as { readonly id: string; readonly key: string }
const call = createCaller(url, key)
const story = `smoke-${randomUUID()}`
const bytes = randomBytes(5 * 2 ** 20)

try {
  await walkFront()
  const heard = await listen()
  const fileId = await upload()
  await waitFor('the upload is told to those who listen', async () => heard.some((event) => event.includes(fileId)))
  await read(fileId)
  await regret(fileId)
  await erase(fileId)
  await picture()
} finally {
  await call('DELETE', `/v1/api-keys/${keyId}`, { status: 204, note: 'the key of this walk' })
}
tell.line(`✓ ${url}: everything as promised, in the story ${story}`)
process.exit()

async function walkFront(): Promise<void> {
  tell.step('The front')
  const { headers } = await call('GET', '/readyz', { status: 200, headers: { 'x-correlation-id': story } })
  demand(headers.get('x-correlation-id') === story, 'the id of a story comes back')
  demand(headers.get('x-content-type-options') === 'nosniff' && headers.has('x-frame-options'), 'browsers are told what they may do')
  demand(headers.get('server') === 'nginx', 'no version is told')
  await createCaller(url)('GET', '/v1/files', { status: 401 })
  await call('GET', '/metrics', { status: 404, note: 'figures are for those inside' })
}

/** What comes, from now on. */
async function listen(): Promise<string[]> {
  tell.step('Live updates')
  const live = json<{ readonly url: string; readonly topics: readonly string[]; readonly token: string }>(
    await call('GET', '/v1/events', { status: 200 }),
  )
  const hub = new URL(live.url)
  // A hub from before version 1 wants URI templates, by another name.
  for (const topic of live.topics) hub.searchParams.append(topic.includes('{') ? 'topic' : 'match_urlpattern', topic)
  const stream = await fetch(hub, { headers: { authorization: `Bearer ${live.token}`, accept: 'text/event-stream' } })
  demand(stream.ok && hub.origin === new URL(url).origin, 'the hub lets us in, through the front')
  const heard: string[] = []
  void readEvents(stream, heard).catch(() => undefined)
  return heard
}

async function readEvents(stream: Response, heard: string[]): Promise<void> {
  for await (const chunk of (stream.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) heard.push(chunk)
}

async function upload(): Promise<string> {
  tell.step('Upload, and the same again')
  const send = (body: Buffer<ArrayBuffer>, status: number) =>
    call('POST', '/v1/files?name=smoke.bin', {
      ...{ body: new Blob([body]), status },
      headers: { 'idempotency-key': story, 'x-correlation-id': story, 'content-type': 'application/octet-stream' },
    })
  const first = await send(bytes, 201)
  const again = await send(bytes, 201)
  demand(again.bytes.equals(first.bytes) && again.headers.get('idempotent-replayed') === 'true', 'the same bytes answer a retry')
  await send(randomBytes(9), 422)
  return json<{ readonly id: string }>(first).id
}

async function read(fileId: string): Promise<void> {
  tell.step('Read')
  const whole = await call('GET', `/v1/files/${fileId}/content`, { status: 200 })
  demand(whole.bytes.equals(bytes), 'what was sent comes back')
  const etag = whole.headers.get('etag') ?? ''
  demand(etag.startsWith('"'), 'its ETag is a strong one')
  const part = await call('GET', `/v1/files/${fileId}/content`, { status: 206, headers: { range: 'bytes=1000-1999' } })
  demand(part.bytes.equals(bytes.subarray(1000, 2000)), 'a range is that range')
  await call('GET', `/v1/files/${fileId}/content`, { status: 304, headers: { 'if-none-match': etag } })
}

async function regret(fileId: string): Promise<void> {
  tell.step('Trash and restore')
  await call('DELETE', `/v1/files/${fileId}`, { status: 202 })
  await call('GET', `/v1/files/${fileId}/content`, { status: 404 })
  await call('POST', `/v1/files/${fileId}/restore`, { status: 200 })
  const { bytes: restored } = await call('GET', `/v1/files/${fileId}/content`, { status: 200 })
  demand(restored.equals(bytes), 'a restored file is the same')
}

async function erase(fileId: string): Promise<void> {
  tell.step('Erase')
  const receipt = json<object>(await call('POST', `/v1/files/${fileId}/erase`, { status: 200 }))
  demand(Object.keys(receipt).length > 0, 'there is a receipt')
  await call('GET', `/v1/files/${fileId}/content`, { status: 404 })
}

async function picture(): Promise<void> {
  tell.step('What the worker does')
  const name = `smoke ${randomUUID().slice(0, 8)}.png`
  const { id } = json<{ readonly id: string }>(
    await call('POST', `/v1/files?name=${encodeURIComponent(name)}`, {
      ...{ status: 201, body: new Blob([pngOf(64, 64, Buffer.alloc(64 * (1 + 64 * 3), 0))], { type: 'image/png' }) },
    }),
  )
  await waitFor('a thumbnail is made', async () => (await ask(`/v1/files/${id}/thumbnails/small`)).status === 200)
  await waitFor('the file is found', async () => (await (await ask(`/v1/search?q=${encodeURIComponent(name)}`)).text()).includes(id))
  await call('POST', `/v1/files/${id}/erase`, { status: 200 })
}

function ask(path: string): Promise<Response> {
  return fetch(url + path, { headers: { authorization: `Bearer ${key}` } })
}

async function waitFor(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + 60_000
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`not within a minute: ${what}`)
    await sleep(200)
  }
  tell.line(`✓ ${what}`)
}
