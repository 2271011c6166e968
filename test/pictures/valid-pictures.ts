import sharp, { type Sharp } from 'sharp'
import type { PictureCase } from './picture-case.ts'
import { type Quarters, quarters, upright } from './quarters.ts'

type Encode = (picture: Sharp) => Sharp

const encoders: Readonly<Record<string, Encode>> = {
  jpeg: (picture) => picture.jpeg(),
  'jpeg progressive': (picture) => picture.jpeg({ progressive: true }),
  'jpeg 4:4:4': (picture) => picture.jpeg({ chromaSubsampling: '4:4:4' }),
  'jpeg grey': (picture) => picture.greyscale().jpeg(),
  'jpeg cmyk': (picture) => picture.toColourspace('cmyk').jpeg(),
  'jpeg p3': (picture) => picture.withIccProfile('p3').jpeg(),
  png: (picture) => picture.png(),
  'png interlaced': (picture) => picture.png({ progressive: true }),
  'png palette': (picture) => picture.png({ palette: true }),
  'png 16 bits': (picture) => picture.toColourspace('rgb16').png(),
  'png alpha': (picture) => picture.ensureAlpha(1).png(),
  webp: (picture) => picture.webp(),
  'webp lossless': (picture) => picture.webp({ lossless: true }),
  'webp alpha': (picture) => picture.ensureAlpha(1).webp(),
  gif: (picture) => picture.gif(),
  avif: (picture) => picture.avif({ effort: 0 }),
  'avif lossless': (picture) => picture.avif({ lossless: true, effort: 0 }),
  tiff: (picture) => picture.tiff(),
  'tiff lzw': (picture) => picture.tiff({ compression: 'lzw' }),
  'tiff cmyk': (picture) => picture.toColourspace('cmyk').tiff({ compression: 'deflate' }),
  'tiff tiled': (picture) => picture.tiff({ tile: true }),
}

/** Every format in its variants, in two sizes: larger than the thumbnail and smaller. */
export async function* validPictures(): AsyncGenerator<PictureCase> {
  for (const [width, height] of [
    [900, 600],
    [80, 160],
  ] as const) {
    const source = await quarters(width, height)
    for (const [name, encode] of Object.entries(encoders)) {
      const shows = name.includes('grey') ? undefined : upright
      const bytes = await encode(sharp(source)).toBuffer()
      yield { name: `${name}, ${width} by ${height}`, bytes, expected: { preview: { width, height, ...(shows && { shows }) } } }
    }
  }
}

/** Where red, green, blue and yellow are seen, by the orientation that EXIF gives to a picture that holds them in this order. */
const seen = ([red, green, blue, yellow]: Quarters): readonly Quarters[] => [
  [red, green, blue, yellow],
  [green, red, yellow, blue],
  [yellow, blue, green, red],
  [blue, yellow, red, green],
  [red, blue, green, yellow],
  [blue, red, yellow, green],
  [yellow, green, blue, red],
  [green, yellow, red, blue],
]

export async function* turnedPictures(): AsyncGenerator<PictureCase> {
  const source = await quarters(600, 400)
  for (const [at, shows] of seen(upright).entries()) {
    const [width, height] = at < 4 ? [600, 400] : [400, 600]
    for (const format of ['jpeg', 'webp', 'tiff', 'png'] as const) {
      const picture = sharp(source)
        .withMetadata({ orientation: at + 1 })
        .withExifMerge({ IFD0: { Copyright: 'somebody', Artist: 'secret' } })
      const bytes = await picture.toFormat(format).toBuffer()
      yield { name: `${format} with orientation ${at + 1}`, bytes, expected: { preview: { width, height, shows } } }
    }
  }
}

/** The first frame is what is seen. */
export async function* animatedPictures(): AsyncGenerator<PictureCase> {
  const [width, height] = [200, 100]
  const frames = [
    await quarters(width, height),
    await sharp({ create: { width, height, channels: 3, background: '#000000' } })
      .png()
      .toBuffer(),
  ]
  for (const count of [2, 30]) {
    const all = Array.from({ length: count }, (_, at) => frames[Math.min(at, 1)] ?? Buffer.alloc(0))
    for (const format of ['gif', 'webp'] as const) {
      const bytes = await sharp(all, { join: { animated: true } })
        .toFormat(format)
        .toBuffer()
      yield { name: `${format} of ${count} frames`, bytes, expected: { preview: { width, height, shows: upright } } }
    }
  }
}
