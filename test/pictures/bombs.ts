import { deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { pngChunk, pngOf } from '../service/png.ts'
import { broken, type PictureCase } from './picture-case.ts'

const tooMuch = ['too_many_pixels', 'too_much_memory', 'too_slow', ...broken]
const refused = { refusals: tooMuch }

/** Few bytes that say they are, or become, a great many. */
export async function* bombs(): AsyncGenerator<PictureCase> {
  yield* pngBombs()
  yield* headersOfGiants()
  yield* svgBombs()
}

/** Larger ones, which take a while to make and to refuse. */
export async function* slowBombs(): AsyncGenerator<PictureCase> {
  const giant = sharp({ create: { width: 8000, height: 6000, channels: 4, background: { r: 200, g: 10, b: 10, alpha: 0.5 } } })
  yield {
    name: 'png of 48 megapixels',
    bytes: await giant.clone().removeAlpha().png().toBuffer(),
    expected: { preview: { width: 8000, height: 6000 } },
  }
  yield {
    name: 'png of 48 megapixels, interlaced',
    bytes: await giant.clone().png({ progressive: true }).toBuffer(),
    expected: { ...refused, preview: { width: 8000, height: 6000 } },
  }
  const deep = await giant.clone().toColourspace('rgb16').png({ progressive: true }).toBuffer()
  yield { name: 'png of 48 megapixels, interlaced, 16 bits', bytes: deep, expected: { ...refused, preview: { width: 8000, height: 6000 } } }
  yield {
    name: 'png that goes on for 1 GiB behind its pixels',
    bytes: endlessPng(2 ** 30),
    expected: { ...refused, preview: { width: 10, height: 10 } },
  }
  const turbulence = '<feTurbulence baseFrequency="0.5" numOctaves="50"/>'.repeat(500)
  const filtered = `<filter id="f">${turbulence}</filter><rect width="2000" height="2000" filter="url(#f)"/>`
  yield svgCase('svg with 500 filters', svg(2000, 2000, filtered))
}

function* pngBombs(): Generator<PictureCase> {
  for (const [width, height] of [
    [100_000, 100_000],
    [2 ** 31 - 1, 1],
    [50_001, 1_000],
  ] as const) {
    yield { name: `png that says ${width} by ${height}`, bytes: pngOf(width, height, new Uint8Array(100)), expected: refused }
  }
  yield {
    name: 'png that goes on for 64 MiB behind its pixels',
    bytes: endlessPng(2 ** 26),
    expected: { ...refused, preview: { width: 10, height: 10 } },
  }
  const words = Buffer.concat([Buffer.from('Comment\0\0'), deflateSync(Buffer.alloc(2 ** 28))])
  const plain = pngOf(10, 10, new Uint8Array(10 * 31))
  const told = Buffer.concat([plain.subarray(0, 33), pngChunk('zTXt', words), plain.subarray(33)])
  yield { name: 'png with a comment of 256 MiB', bytes: told, expected: { ...refused, preview: { width: 10, height: 10 } } }
}

const endlessPng = (bytes: number) => pngOf(10, 10, new Uint8Array(bytes))

/** Real pictures whose heads were made to lie. */
async function* headersOfGiants(): AsyncGenerator<PictureCase> {
  const source = sharp({ create: { width: 64, height: 64, channels: 3, background: '#336699' } })
  const gif = await source.clone().gif().toBuffer()
  gif.writeUInt16LE(65_535, 6)
  gif.writeUInt16LE(65_535, 8)
  yield { name: 'gif that says 65535 by 65535', bytes: gif, expected: { ...refused, preview: { width: 64, height: 64 } } }
  const jpeg = await source.clone().jpeg({ optimiseCoding: false }).toBuffer()
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  jpeg.writeUInt32BE(0xfff0_fff0, frame + 5)
  yield { name: 'jpeg that says 65520 by 65520', bytes: jpeg, expected: refused }
  const alpha = await source.clone().ensureAlpha(0.5).webp().toBuffer()
  alpha.fill(0xff, 24, 30)
  yield { name: 'webp that says 16777216 by 16777216', bytes: alpha, expected: refused }
  const avif = await source.clone().avif({ effort: 0 }).toBuffer()
  const extent = avif.indexOf('ispe')
  avif.writeUInt32BE(60_000, extent + 8)
  avif.writeUInt32BE(60_000, extent + 12)
  yield { name: 'avif that says 60000 by 60000', bytes: avif, expected: refused }
  const tiff = await source.clone().tiff().toBuffer()
  // A directory whose next one is itself.
  const directory = tiff.readUInt32LE(4)
  tiff.writeUInt32LE(directory, directory + 2 + 12 * tiff.readUInt16LE(directory))
  yield { name: 'tiff that has no end', bytes: tiff, expected: { ...refused, preview: { width: 64, height: 64 } } }
}

const svg = (width: number, height: number, content: string, before = '') =>
  `${before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}">${content}</svg>`

const svgCase = (name: string, text: string, preview?: { width: number; height: number }): PictureCase => ({
  name,
  bytes: Buffer.from(text),
  declared: 'image/svg+xml',
  expected: preview === undefined ? refused : { ...refused, preview },
})

function* svgBombs(): Generator<PictureCase> {
  yield svgCase('svg that says 100000 by 100000', svg(100_000, 100_000, ''))
  const levels = Array.from({ length: 9 }, (_, at) => `<g id="a${at + 1}">${`<use href="#a${at}"/>`.repeat(10)}</g>`)
  const laughs = svg(200, 200, `<defs><rect id="a0" width="9" height="9"/>${levels.join('')}</defs><use href="#a9"/>`)
  yield svgCase('svg that uses itself a billion times', laughs, { width: 200, height: 200 })
  const entities = Array.from({ length: 9 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`).join('')
  const doctype = `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY e0 "ha">${entities}]>`
  yield svgCase('svg with a billion entities', svg(200, 200, '<text>&e9;</text>', doctype), { width: 200, height: 200 })
  const secret = '<!DOCTYPE svg [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
  yield svgCase('svg that asks for a file of the machine', svg(200, 200, '<text y="50">&secret;</text>', secret), {
    width: 200,
    height: 200,
  })
  const image = '<image width="200" height="200" xlink:href="file:///etc/hostname"/><image xlink:href="http://127.0.0.1:1/x.png"/>'
  yield svgCase('svg that asks for a picture elsewhere', svg(200, 200, image), { width: 200, height: 200 })
}
