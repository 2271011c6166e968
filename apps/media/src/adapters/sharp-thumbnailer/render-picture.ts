import sharp, { type OutputInfo, type Sharp } from 'sharp'
import { PictureRefused, type Rendered, type ThumbnailFormat, type WantedThumbnail } from '../../media/thumbnails/thumbnailer.ts'

sharp.cache(false)
sharp.concurrency(1)
// Nothing is decoded but these, whatever else the library is able to.
sharp.block({ operation: ['VipsForeignLoad'] })
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff', 'Svg'].map((format) => `VipsForeignLoad${format}Buffer`),
})

interface Raw {
  readonly data: Buffer
  readonly info: OutputInfo
}

/** Upright, in sRGB, the first frame of several, no larger than the largest that is wanted. Throws PictureRefused. */
export async function renderPicture(bytes: Uint8Array, wanted: readonly WantedThumbnail[], maxPixels: number): Promise<Rendered> {
  try {
    const picture = sharp(bytes, { limitInputPixels: maxPixels, failOn: 'error' })
    const { width, height } = (await picture.metadata()).autoOrient
    const largest = shrink(picture.autoOrient(), Math.max(...wanted.map(({ pixels }) => pixels)))
    const raw = await largest.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
    const thumbnails = []
    for (const one of wanted) thumbnails.push({ ...one, bytes: await encode(shrink(fromRaw(raw), one.pixels), one.format) })
    return { width, height, colour: await colourOf(raw), thumbnails }
  } catch (error) {
    throw refusalOf(error)
  }
}

const shrink = (picture: Sharp, pixels: number) =>
  picture.resize({ width: pixels, height: pixels, fit: 'inside', withoutEnlargement: true })

const fromRaw = ({ data, info: { width, height, channels } }: Raw) => sharp(data, { raw: { width, height, channels } })

function encode(picture: Sharp, format: ThumbnailFormat): Promise<Buffer> {
  switch (format) {
    case 'webp':
      return picture.webp({ quality: 80 }).toBuffer()
    case 'avif':
      return picture.avif({ quality: 55, effort: 3 }).toBuffer()
    case 'jpeg':
      return picture.flatten({ background: '#ffffff' }).jpeg({ quality: 80, progressive: true }).toBuffer()
    case 'png':
      return picture.png({ compressionLevel: 9 }).toBuffer()
  }
}

/** Of what is seen on white. */
async function colourOf(raw: Raw): Promise<string> {
  const small = await shrink(fromRaw(raw), 64).flatten({ background: '#ffffff' }).raw().toBuffer({ resolveWithObject: true })
  const { r, g, b } = (await fromRaw(small).stats()).dominant
  return `#${[r, g, b].map((level) => level.toString(16).padStart(2, '0')).join('')}`
}

/** The library tells its reasons in words alone. */
function refusalOf(error: unknown): PictureRefused {
  const reason = error instanceof Error ? error.message : ''
  if (/exceeds pixel limit/i.test(reason)) return new PictureRefused('too_many_pixels')
  return new PictureRefused(/unsupported|blocked/i.test(reason) ? 'unsupported' : 'damaged')
}
