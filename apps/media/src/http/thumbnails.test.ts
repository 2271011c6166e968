import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { openWorker } from '../main/loops.ts'
import { acceptedFormats } from './accepted-formats.ts'
import { startTestServer } from './test-server.ts'

const picture = await sharp({ create: { width: 640, height: 320, channels: 3, background: '#1e1ec8' } })
  .jpeg()
  .toBuffer()

async function openScene(t: Parameters<typeof startTestServer>[0], bytes: Uint8Array = picture, name = 'blue.jpg') {
  const { app, auth, addTenant, holdfast } = await startTestServer(t)
  // A copy: the memory of what is uploaded is given back.
  const payload = Buffer.from(new Uint8Array(bytes).buffer)
  const uploaded = await app.inject({ method: 'POST', url: `/v1/files?name=${name}`, headers: auth, payload })
  const { id } = uploaded.json()
  const get = (size: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
    app.inject({ method, url: `/v1/files/${id}/thumbnails/${size}`, headers: { ...auth, ...headers } })
  const worker = openWorker(holdfast)
  const work = async () => {
    while ((await worker.runOnce()) > 0);
  }
  return { app, auth, addTenant, id, get, work }
}

test('a thumbnail is made after the upload, and asked for anew without being sent anew', async (t) => {
  const { app, auth, id, get, work } = await openScene(t)
  const early = await get('small')
  assert.deepEqual([early.statusCode, early.body, early.headers['retry-after'], early.headers.vary], [202, '', '1', 'Accept'])
  await work()
  const { statusCode, headers, rawPayload } = await get('small')
  assert.deepEqual([statusCode, headers['content-type'], headers.vary], [200, 'image/webp', 'Accept'])
  assert.deepEqual([headers['content-length'], headers['cache-control']], [String(rawPayload.length), 'private, no-cache'])
  const { width, height, exif } = await sharp(rawPayload).metadata()
  assert.deepEqual([width, height, exif], [128, 64, undefined])
  const same = await get('small', { 'if-none-match': String(headers.etag) })
  assert.deepEqual([same.statusCode, same.headers.etag, same.headers.vary], [304, headers.etag, 'Accept'])
  assert.equal((await get('small', { 'if-match': '"other"' })).statusCode, 412)
  const head = await get('small', {}, 'HEAD')
  assert.deepEqual([head.statusCode, head.body, head.headers['content-length']], [200, '', headers['content-length']])
  const file = (await app.inject({ url: `/v1/files/${id}`, headers: auth })).json()
  assert.deepEqual([file.width, file.height], [640, 320])
  assert.match(file.colour, /^#1.1.c.$/)
})

test('the format is the one that the client likes best, made when it is asked for', async (t) => {
  const { get, work } = await openScene(t)
  for (const format of ['jpeg', 'png', 'avif']) {
    assert.equal((await get('medium', { accept: `image/webp;q=0.1,image/${format}` })).statusCode, 202)
    await work()
    const { headers, rawPayload } = await get('medium', { accept: `image/webp;q=0.1,image/${format}` })
    assert.equal(headers['content-type'], `image/${format}`)
    const found = await sharp(rawPayload).metadata()
    assert.deepEqual([found.width, found.mediaType], [512, `image/${format}`])
  }
})

test('who may not see the file sees no thumbnail, and a file in the trash has none', async (t) => {
  const { app, auth, addTenant, id, get, work } = await openScene(t)
  await work()
  const { apiKey } = await addTenant('another@example.org')
  assert.equal((await get('small', { authorization: `Bearer ${apiKey}` })).json().code, 'file.unknown')
  assert.equal((await get('huge')).json().code, 'thumbnail.size_unknown')
  await app.inject({ method: 'DELETE', url: `/v1/files/${id}`, headers: auth })
  assert.equal((await get('small')).json().code, 'file.unknown')
  await app.inject({ method: 'POST', url: `/v1/files/${id}/restore`, headers: auth })
  assert.equal((await get('small')).statusCode, 200)
})

test('what is no picture has none, and one that cannot be read is refused with the reason', async (t) => {
  const text = await openScene(t, Buffer.from('no picture'), 'text.txt')
  assert.equal((await text.get('small')).json().code, 'thumbnail.none')
  const cut = await openScene(t, picture.subarray(0, picture.length / 2))
  await cut.work()
  const { statusCode, body } = await cut.get('small')
  assert.deepEqual([statusCode, JSON.parse(body).code, JSON.parse(body).reason], [422, 'thumbnail.refused', 'damaged'])
})

test('Accept is read as RFC 9110 says, and nobody who names no format of ours goes away empty', () => {
  const all = ['webp', 'avif', 'jpeg', 'png']
  const cases: [string | undefined, string[]][] = [
    [undefined, all],
    ['*/*', all],
    ['text/html', all],
    ['image/avif,image/webp,image/apng,image/*,*/*;q=0.8', all],
    ['image/avif,image/webp,*/*;q=0.8', ['webp', 'avif']],
    ['IMAGE/JPEG; q=1', ['jpeg']],
    ['image/*;q=0.5, image/png;q=0.4', ['webp', 'avif', 'jpeg']],
    ['*/*, image/webp;q=0', ['avif', 'jpeg', 'png']],
    ['image/png;q=x', all],
  ]
  for (const [accept, formats] of cases) assert.deepEqual(acceptedFormats(accept), formats, accept)
})
