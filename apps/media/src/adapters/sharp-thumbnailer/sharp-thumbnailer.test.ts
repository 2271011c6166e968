import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import sharp from 'sharp'
import { PictureRefused, RenderingFailed } from '../../media/thumbnails/thumbnailer.ts'
import { createSharpThumbnailer, type PictureLimits } from './sharp-thumbnailer.ts'

const picture = await sharp({ create: { width: 400, height: 300, channels: 4, background: { r: 200, g: 30, b: 30, alpha: 0.5 } } })
  .png()
  .toBuffer()
const wanted = [{ pixels: 128, format: 'webp' }] as const

function openThumbnailer(t: TestContext, limits: Partial<PictureLimits> = {}) {
  const thumbnailer = createSharpThumbnailer({ maxPixels: 50_000_000, maxCpuMs: 10_000, ...limits })
  t.after(async () => thumbnailer[Symbol.asyncDispose]())
  const render = (bytes: Uint8Array, signal = new AbortController().signal) =>
    thumbnailer.render({ size: bytes.length, bytes: chunksOf(bytes) }, wanted, signal)
  return { thumbnailer, render }
}

async function* chunksOf(bytes: Uint8Array) {
  for (let from = 0; from < bytes.length; from += 1000) yield bytes.subarray(from, from + 1000)
}

const refused = (refusal: string) => (error: unknown) => error instanceof PictureRefused && error.refusal === refusal

test('no process is there before a picture comes, and one renders all of them in turn', async (t) => {
  const { thumbnailer, render } = openThumbnailer(t)
  assert.equal(thumbnailer.pid(), undefined)
  const all = await Promise.all([picture, picture, picture].map((bytes) => render(bytes)))
  for (const { width, height, thumbnails } of all) assert.deepEqual([width, height, thumbnails.length], [400, 300, 1])
  const pid = thumbnailer.pid()
  await assert.rejects(render(Buffer.from('no picture')), refused('unsupported'))
  await assert.rejects(render(new Uint8Array(0)), refused('damaged'))
  assert.equal(thumbnailer.pid(), pid)
})

test('limits are kept by the process itself, and the next picture has another process', async (t) => {
  const { thumbnailer, render } = openThumbnailer(t, { maxPixels: 100_000, maxCpuMs: 1_000 })
  await assert.rejects(render(picture), refused('too_many_pixels'))
  const filters = '<feTurbulence baseFrequency="0.5" numOctaves="50"/>'.repeat(400)
  const slow = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"><filter id="f">${filters}</filter><rect width="300" height="300" filter="url(#f)"/></svg>`
  await assert.rejects(render(Buffer.from(slow)), refused('too_slow'))
  const small = await sharp(picture).resize(100).png().toBuffer()
  const before = thumbnailer.pid()
  assert.equal((await render(small)).width, 100)
  assert.notEqual(thumbnailer.pid(), before)
})

test('a process that is killed fails its picture, not the next', async (t) => {
  const { thumbnailer, render } = openThumbnailer(t)
  await render(picture)
  const pid = thumbnailer.pid()
  const cut = async function* () {
    yield picture.subarray(0, 100)
    process.kill(Number(pid), 'SIGKILL')
    yield picture.subarray(100)
  }
  const broken = thumbnailer.render({ size: picture.length, bytes: cut() }, wanted, new AbortController().signal)
  await assert.rejects(broken, RenderingFailed)
  assert.equal((await render(picture)).width, 400)
  assert.notEqual(thumbnailer.pid(), pid)
})

test('who gives up waits no longer, and a source that breaks is told as it is', async (t) => {
  const { thumbnailer, render } = openThumbnailer(t)
  await assert.rejects(render(picture, AbortSignal.abort(new Error('enough'))), /enough/)
  const controller = new AbortController()
  const hanging = async function* () {
    yield picture
    controller.abort(new Error('stopped'))
  }
  await assert.rejects(thumbnailer.render({ size: picture.length, bytes: hanging() }, wanted, controller.signal), /stopped/)
  const breaking = async function* () {
    yield picture.subarray(0, 10)
    throw new Error('the store broke')
  }
  await assert.rejects(
    thumbnailer.render({ size: picture.length, bytes: breaking() }, wanted, new AbortController().signal),
    /the store broke/,
  )
  await assert.rejects(
    thumbnailer.render({ size: 2 ** 30, bytes: breaking() }, wanted, new AbortController().signal),
    refused('too_many_bytes'),
  )
  assert.equal((await render(picture)).width, 400)
})

test('it ends with whom it serves', async (t) => {
  const { thumbnailer, render } = openThumbnailer(t)
  await render(picture)
  const pid = Number(thumbnailer.pid())
  await thumbnailer[Symbol.asyncDispose]()
  assert.throws(() => process.kill(pid, 0), /ESRCH/)
})
