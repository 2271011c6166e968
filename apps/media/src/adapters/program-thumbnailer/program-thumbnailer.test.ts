import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Content, PictureRefused, ProgramMissing, type Rendered } from '../../media/thumbnails/thumbnailer.ts'
import { createProgramThumbnailer } from './program-thumbnailer.ts'

const mebibyte = 2 ** 20

/** With programs of a few words in place of the real ones, which test/pictures has; pictures come out as what was drawn. */
async function openScene(t: TestContext, scripts: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-programs-'))
  t.after(() => rm(folder, { recursive: true }))
  const drawn: string[] = []
  const pictures = {
    render: async ({ bytes }: { bytes: AsyncIterable<Uint8Array> }): Promise<Rendered> => {
      for await (const chunk of bytes) drawn.push(Buffer.from(chunk).toString())
      return { width: 1, height: 1, colour: '#000000', thumbnails: [] }
    },
  }
  const install = (name: string, script: string) => writeFile(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o700 })
  for (const [name, script] of Object.entries(scripts)) await install(name, script)
  const limits = { maxPixels: 50_000_000, maxCpuMs: 10_000 }
  const thumbnailer = createProgramThumbnailer({ ...limits, pictures, programFolders: ['', 'bin', folder], folder })
  const render = (content: Content) => thumbnailer.render(content, [{ pixels: 128, format: 'webp' }], new AbortController().signal)
  return { thumbnailer, render, drawn, install }
}

/** Bytes that are all `fill`, and which of them were asked for. */
function contentOf(form: Content['form'], size: number, fill = 0) {
  const asked: string[] = []
  const some = async function* (what: string) {
    asked.push(what)
    yield Buffer.alloc(4, fill)
  }
  return { asked, content: { form, size, bytes: some('all'), part: (start: number, end: number) => some(`${start}-${end}`) } }
}

const probed = (stream: object, duration = '100') => `echo '${JSON.stringify({ streams: [stream], format: { duration } })}'`
const seconds = 'while [ "$1" != -ss ]; do shift; done; echo "at $2"'

const refused = (refusal: string) => (error: unknown) => error instanceof PictureRefused && error.refusal === refusal

test('a program is looked for each time, and ffmpeg is not there without ffprobe', async (t) => {
  const { thumbnailer, render, install, drawn } = await openScene(t, { ffmpeg: seconds })
  await assert.rejects(render(contentOf('pdf', 4).content), ProgramMissing)
  await assert.rejects(render(contentOf('video', 4).content), ProgramMissing)
  assert.deepEqual([await thumbnailer.isInstalled('ffmpeg'), await thumbnailer.isInstalled('pdftoppm')], [false, false])
  await install('pdftoppm', 'echo "page"')
  await install('ffprobe', probed({ width: 8, height: 6 }))
  assert.deepEqual([await thumbnailer.isInstalled('ffmpeg'), await thumbnailer.isInstalled('pdftoppm')], [true, true])
  const page = await render(contentOf('pdf', 4).content)
  const frame = await render(contentOf('video', 4).content)
  assert.deepEqual([page.width, page.height, frame.width, frame.height], [null, null, 8, 6])
  assert.deepEqual(drawn, ['page\n', 'at 10.000\n'])
})

test('of a long video the beginning and the end are fetched, and the frame is of the beginning', async (t) => {
  const { render, drawn } = await openScene(t, { ffmpeg: seconds, ffprobe: probed({ width: 8, height: 6 }) })
  const long = contentOf('video', 1024 * mebibyte)
  await render(long.content)
  const tail = `${992 * mebibyte}-${1024 * mebibyte - 1}`
  assert.deepEqual(long.asked, ['0-3', `0-${64 * mebibyte - 1}`, tail])
  const stream = contentOf('video', 1024 * mebibyte, 0x47)
  await render(stream.content)
  assert.deepEqual(stream.asked, ['0-3', `0-${64 * mebibyte - 1}`])
  assert.deepEqual(drawn, ['at 3.125\n', 'at 10.000\n'])
})

test('a size is told as it is looked at, and what is too large or no video is refused', async (t) => {
  const { render, install } = await openScene(t, { ffmpeg: seconds })
  const sizeOf = async (stream: object) => {
    await install('ffprobe', probed(stream))
    const { width, height } = await render(contentOf('video', 4).content)
    return [width, height]
  }
  assert.deepEqual(await sizeOf({ width: 320, height: 240, side_data_list: [{}, { rotation: -90 }] }), [240, 320])
  assert.deepEqual(await sizeOf({ width: 320, height: 240, sample_aspect_ratio: '4:3' }), [427, 240])
  assert.deepEqual(await sizeOf({ width: 320, height: 240, sample_aspect_ratio: '0:1' }), [320, 240])
  await assert.rejects(sizeOf({ width: 100_000, height: 100_000 }), refused('too_many_pixels'))
  await assert.rejects(sizeOf({ width: 0, height: 0 }), refused('unsupported'))
  await install('ffprobe', 'echo nothing')
  await assert.rejects(render(contentOf('video', 4).content), refused('unsupported'))
  await assert.rejects(render(contentOf('pdf', 65 * mebibyte).content), ProgramMissing)
  await install('pdftoppm', 'exit 0')
  await assert.rejects(render(contentOf('pdf', 65 * mebibyte).content), refused('too_many_bytes'))
  await assert.rejects(render(contentOf('pdf', 4).content), refused('damaged'))
})
