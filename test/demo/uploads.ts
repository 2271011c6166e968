import { type Answer, type Caller, json } from './caller.ts'
import { readFolder, readVideo, type Sample } from './samples.ts'
import { demand, tell } from './tell.ts'

export interface StoredFile {
  readonly id: string
  readonly name: string
  readonly folderId: string | null
  readonly kind: string
  readonly size: number
  readonly sha256: string
  readonly state: string
  readonly purgeAt: string | null
}

export interface Uploaded {
  readonly pictures: StoredFile[]
  readonly video: StoredFile
  readonly videoSample: Sample
}

export async function makeFolder(call: Caller, name: string): Promise<string> {
  return json<{ id: string }>(await call('POST', '/v1/folders', { body: { name }, status: 201, note: name })).id
}

/** A folder as one form, all or none, then a video as a body of its own. */
export async function uploadSamples(call: Caller): Promise<Uploaded> {
  tell.step('Upload a folder of images and documents as one form')
  const folderId = await makeFolder(call, 'Harbour')
  const samples = await readFolder()
  const key = `"demo-${crypto.randomUUID()}"`
  const first = await sendForm(call, samples, folderId, key)
  const { items } = json<{ items: StoredFile[] }>(first)
  for (const [index, file] of items.entries()) assertSame(file, samples[index])

  tell.step('The connection broke before the answer came? Send it again')
  const again = await sendForm(call, samples, folderId, key)
  demand(again.headers.get('idempotent-replayed') === 'true', 'the answer is the stored one')
  demand(again.bytes.equals(first.bytes), 'it is the same to the byte')
  const inFolder = json<{ items: unknown[] }>(await call('GET', `/v1/files?folder=${folderId}`, { status: 200 })).items
  demand(inFolder.length === samples.length, 'no file is there twice')

  tell.step('Upload a video as it is')
  const videoSample = await readVideo()
  const { name, mediaType, bytes } = videoSample
  const path = `/v1/files?name=${encodeURIComponent(name)}`
  const video = json<StoredFile>(await call('POST', path, { body: new Blob([bytes], { type: mediaType }), status: 201 }))
  assertSame(video, videoSample)
  return { pictures: items, video, videoSample }
}

function sendForm(call: Caller, samples: readonly Sample[], folderId: string, key: string): Promise<Answer> {
  const form = new FormData()
  form.append('folder', folderId)
  for (const { name, mediaType, bytes } of samples) form.append('file', new Blob([bytes], { type: mediaType }), name)
  return call('POST', '/v1/files', { headers: { 'idempotency-key': key }, body: form, status: 201, note: `${samples.length} files` })
}

function assertSame(file: StoredFile, sample: Sample | undefined): void {
  const { name, kind, size, sha256 } = file
  demand(
    name === sample?.name && kind === sample.kind && size === sample.bytes.length && sha256 === sample.sha256,
    `${name}: ${kind}, ${size.toLocaleString('en')} bytes, SHA-256 ${sha256.slice(0, 12)}…`,
  )
}
