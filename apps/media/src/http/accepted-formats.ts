import { type ThumbnailFormat, thumbnailFormats } from '../media/thumbnails/thumbnailer.ts'

/**
 * The formats that a client likes best by its Accept header (RFC 9110, 12.5.1), in the order of our choice. All of them where it names none
 * that there is: a picture that may not be understood is better than no answer.
 */
export function acceptedFormats(accept: string | undefined): readonly ThumbnailFormat[] {
  const ranges = (accept ?? '*/*').toLowerCase().split(',').map(parseRange)
  const rated = thumbnailFormats.map((format) => ({ format, quality: qualityOf(`image/${format}`, ranges) }))
  const best = Math.max(...rated.map(({ quality }) => quality))
  return best === 0 ? thumbnailFormats : rated.filter(({ quality }) => quality === best).map(({ format }) => format)
}

interface MediaRange {
  readonly type: string
  readonly quality: number
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))
  return { type, quality: quality === undefined ? 1 : Math.min(1, Math.max(0, Number(quality.slice(2)) || 0)) }
}

/** By the most specific range that fits. */
function qualityOf(mediaType: string, ranges: readonly MediaRange[]): number {
  const fitting = [mediaType, 'image/*', '*/*'].map((type) => ranges.find((range) => range.type === type))
  return fitting.find((range) => range !== undefined)?.quality ?? 0
}
