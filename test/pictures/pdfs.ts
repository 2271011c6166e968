import { deflateSync } from 'node:zlib'
import { pdfOf, pdfPage, pdfStream } from '../service/pdf.ts'
import { broken, type PictureCase } from './picture-case.ts'
import { upright } from './quarters.ts'

const declared = 'application/pdf'
const page = { width: 600, height: 400 }
const shown = { hasNoSize: true, ...page } as const

/** Red, green, blue and yellow, from above. */
const quarters = ([left, bottom, width, height]: readonly [number, number, number, number]) => {
  const [w, h] = [width / 2, height / 2]
  const colours = ['0.86 0.08 0.08', '0.08 0.7 0.08', '0.08 0.16 0.86', '0.9 0.82 0.08']
  return colours.map((colour, at) => `${colour} rg ${left + (at % 2) * w} ${bottom + (at < 2 ? h : 0)} ${w} ${h} re f`).join(' ')
}
const drawing = quarters([0, 0, 600, 400])
const whole = pdfPage('0 0 600 400', drawing)

/** The first page is seen, as large as is wanted. */
export function* validPdfs(): Generator<PictureCase> {
  const pdf = (name: string, bytes: Uint8Array, preview: NonNullable<PictureCase['expected']['preview']>): PictureCase => ({
    name: `pdf ${name}`,
    ...{ bytes, declared, expected: { preview } },
  })
  const [red, green, blue, yellow] = upright
  yield pdf('of one page', whole, { ...shown, shows: upright })
  yield pdf('that is turned', pdfPage('0 0 600 400', drawing, '/Rotate 90'), {
    ...{ hasNoSize: true, width: 400, height: 600, shows: [blue, red, yellow, green] },
  })
  yield pdf('that is cropped', pdfPage('0 0 900 900', quarters([100, 100, 600, 400]), '/CropBox[100 100 700 500]'), {
    ...shown,
    shows: upright,
  })
  yield pdf('of a kilometre', pdfPage('0 0 3000000 2000000', quarters([0, 0, 3_000_000, 2_000_000])), {
    ...{ hasNoSize: true, width: 600, height: 400, shows: upright },
  })
  const itself = pdfStream(Buffer.from('/X Do /X Do'), '/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>')
  yield pdf('that holds itself', pdfPage('0 0 600 400', `${drawing} /X Do`, '/Resources<</XObject<</X 5 0 R>>>>', itself), {
    ...shown,
    shows: upright,
  })
}

export function* brokenPdfs(): Generator<PictureCase> {
  const refused = (name: string, bytes: Uint8Array, ...refusals: string[]): PictureCase => ({
    name: `pdf ${name}`,
    ...{ bytes, declared, expected: { refusals } },
  })
  yield refused('of junk', Buffer.from(`%PDF-1.7\n${'junk '.repeat(1_000)}`), 'damaged')
  yield refused('that is cut off', new Uint8Array(whole.subarray(0, 250)), 'damaged')
  yield refused('without a page', pdfOf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[]/Count 0>>']), 'damaged')
  const [owner, user] = ['11'.repeat(32), '22'.repeat(32)]
  const locked = `/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/O<${owner}>/U<${user}>/P -4>>`
  yield refused('behind a password', pdfOf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Kids[]/Count 0>>'], locked), 'encrypted')
  yield { name: 'a text declared as pdf', bytes: Buffer.from('no page at all'), declared, expected: { code: 'file.type_mismatch' } }
}

/** Which take their time to be refused. */
export function* slowPdfs(): Generator<PictureCase> {
  const tooMuch = { refusals: ['too_much_memory', 'too_slow', 'too_many_bytes', ...broken] }
  const lines = deflateSync(Buffer.from('0 0 m 600 400 l S '.repeat(20_000_000)))
  yield {
    name: 'pdf of 20 million lines',
    bytes: pdfPage('0 0 600 400', pdfStream(lines, '/Filter/FlateDecode')),
    declared,
    expected: tooMuch,
  }
  const giant = pdfStream(
    deflateSync(Buffer.alloc(2 ** 28)),
    '/Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode',
  )
  const bytes = pdfPage('0 0 600 400', '600 0 0 400 0 0 cm /X Do', '/Resources<</XObject<</X 5 0 R>>>>', giant)
  yield { name: 'pdf with a picture of 3,600 megapixels', bytes, declared, expected: { ...tooMuch, preview: shown } }
}
