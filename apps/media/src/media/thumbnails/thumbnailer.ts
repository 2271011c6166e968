/** In the order of our choice, where a client has none. */
export const thumbnailFormats = ['webp', 'avif', 'jpeg', 'png'] as const
export type ThumbnailFormat = (typeof thumbnailFormats)[number]

export interface WantedThumbnail {
  /** Of the longer side, at most: nothing is enlarged. */
  readonly pixels: number
  readonly format: ThumbnailFormat
}

export interface Picture {
  readonly size: number
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Upright, in sRGB, the first frame of several, without metadata. */
export interface Rendered {
  /** Of the picture itself, in pixels. */
  readonly width: number
  readonly height: number
  /** What there is most of, as `#rrggbb`. */
  readonly colour: string
  readonly thumbnails: readonly RenderedThumbnail[]
}

export interface RenderedThumbnail extends WantedThumbnail {
  readonly bytes: Uint8Array
}

/** Decodes what strangers sent, where it can harm nothing else. */
export interface Thumbnailer {
  /**
   * One picture at a time, the others wait. May be repeated. Throws PictureRefused, RenderingFailed, the reason of `signal`, and what
   * `bytes` throws.
   */
  render(picture: Picture, wanted: readonly WantedThumbnail[], signal: AbortSignal): Promise<Rendered>
}

/** Of bytes that no second attempt would make into a picture. */
export type Refusal = 'unsupported' | 'damaged' | 'too_many_bytes' | 'too_many_pixels' | 'too_much_memory' | 'too_slow' | FailedRendering
/** What may have been the fault of the machine. */
export type FailedRendering = 'hung' | 'crashed'

export class PictureRefused extends Error {
  override readonly name = 'PictureRefused'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(`the picture is refused: ${refusal}`)
    this.refusal = refusal
  }
}

/** The process that rendered it is gone. */
export class RenderingFailed extends Error {
  override readonly name = 'RenderingFailed'
  readonly reason: FailedRendering

  constructor(reason: FailedRendering, options?: ErrorOptions) {
    super(`the picture was not rendered: ${reason}`, options)
    this.reason = reason
  }
}
