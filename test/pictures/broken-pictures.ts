import sharp from 'sharp'
import { broken, type PictureCase } from './picture-case.ts'
import { quarters, upright } from './quarters.ts'

const [width, height] = [320, 240]
const preview = { width, height, shows: upright }

/** Cut off at several places. What lacks nothing but its end may be seen whole. */
export async function* cutPictures(): AsyncGenerator<PictureCase> {
  const source = await quarters(width, height)
  for (const format of ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const) {
    const whole = await sharp(source).toFormat(format).toBuffer()
    for (const percent of [10, 25, 50, 75, 90, 98]) {
      const bytes = new Uint8Array(whole.subarray(0, Math.floor((whole.length * percent) / 100)))
      yield { name: `${format}, ${percent} % of it`, bytes, expected: { preview, refusals: broken, code: 'thumbnail.none' } }
    }
  }
}

/** Called something else, or beginning as something else. */
export async function* mislabelledPictures(): AsyncGenerator<PictureCase> {
  const source = await quarters(width, height)
  const png = new Uint8Array(source)
  const jpeg = await sharp(source).jpeg().toBuffer()
  const mismatch = { code: 'file.type_mismatch' }
  yield { name: 'a png called x.jpg', bytes: png, expected: { preview } }
  yield { name: 'a png declared as jpeg', bytes: png, declared: 'image/jpeg', expected: mismatch }
  yield { name: 'a jpeg declared as webp', bytes: jpeg, declared: 'image/webp', expected: mismatch }
  yield { name: 'a text declared as png', bytes: Buffer.from('no picture at all'), declared: 'image/png', expected: mismatch }
  yield { name: 'a text called x.png', bytes: Buffer.from('no picture at all'), expected: { code: 'thumbnail.none' } }
  yield {
    name: 'a page that begins as a gif',
    bytes: Buffer.from('GIF89a<script>alert(1)</script>'),
    expected: { refusals: broken, code: 'thumbnail.none' },
  }
  for (const [name, head] of Object.entries({ jpeg: jpeg.subarray(0, 30), png: png.subarray(0, 40) })) {
    const bytes = Buffer.concat([head, Buffer.alloc(20_000, 'x')])
    yield { name: `the head of a ${name}, and then something else`, bytes, expected: { refusals: broken } }
  }
}

const zeros = (count: number) => Buffer.alloc(count)
const ascii = (text: string) => Buffer.from(text, 'latin1')

/** Formats that there is no decoder for here. */
export function* unsupportedPictures(): Generator<PictureCase> {
  const formats = {
    bmp: [
      ascii('BM'),
      Buffer.from([58, 0, 0, 0]),
      zeros(4),
      Buffer.from([54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 24]),
      zeros(25),
    ],
    heic: [Buffer.from([0, 0, 0, 24]), ascii('ftypheic'), zeros(4), ascii('mif1heic'), Buffer.from([0, 0, 0, 8]), ascii('free')],
    psd: [ascii('8BPS'), Buffer.from([0, 1]), zeros(6), Buffer.from([0, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 8, 0, 3]), zeros(16)],
    jxl: [Buffer.from([0xff, 0x0a]), zeros(40)],
    ico: [Buffer.from([0, 0, 1, 0, 1, 0, 16, 16, 0, 0, 1, 0, 32, 0]), zeros(40)],
    qoi: [ascii('qoif'), Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 3, 0]), zeros(20)],
  }
  for (const [name, parts] of Object.entries(formats)) {
    yield { name, bytes: Buffer.concat(parts), expected: { refusals: broken, code: 'thumbnail.none' } }
  }
}
