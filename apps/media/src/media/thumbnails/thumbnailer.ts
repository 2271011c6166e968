import type { PictureForm } from './picture-form.ts'

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

/** What something can be seen of. */
export interface Content extends Picture {
  readonly form: PictureForm
  /** The bytes from `start` to `end`, both included. */
  readonly part: (start: number, end: number) => AsyncIterable<Uint8Array>
}

/** Upright, in sRGB, the first frame of several, without metadata. */
export interface Rendered extends PictureSize {
  /** What there is most of, as `#rrggbb`. */
  readonly colour: string
  readonly thumbnails: readonly RenderedThumbnail[]
}

/** Of the picture itself, in pixels; null where it has none, as the page of a PDF. */
export interface PictureSize {
  readonly width: number | null
  readonly height: number | null
}

export interface RenderedThumbnail extends WantedThumbnail {
  readonly bytes: Uint8Array
}

/** Decodes what strangers sent, where it can harm nothing else. */
export interface Thumbnailer<Seen extends Picture = Content> {
  /**
   * One picture at a time, the others wait. May be repeated. Throws PictureRefused, ProgramMissing, RenderingFailed, the reason of `signal`,
   * and what the content's bytes throw.
   */
  render(content: Seen, wanted: readonly WantedThumbnail[], signal: AbortSignal): Promise<Rendered>
}

/** Without which something cannot be seen: of a PDF, of a video. */
export const previewPrograms = ['pdftoppm', 'ffmpeg'] as const
export type PreviewProgram = (typeof previewPrograms)[number]

export interface PreviewPrograms {
  isInstalled(program: PreviewProgram): Promise<boolean>
}

/** Of bytes that no second attempt would make into a picture. */
export type Refusal =
  | 'unsupported'
  | 'damaged'
  | 'encrypted'
  | 'too_many_bytes'
  | 'too_many_pixels'
  | 'too_much_memory'
  | 'too_slow'
  | FailedRendering
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

/** Nothing is wrong with the content: it can be seen once the program is installed. */
export class ProgramMissing extends Error {
  override readonly name = 'ProgramMissing'
  readonly program: PreviewProgram

  constructor(program: PreviewProgram) {
    super(`${program} is not installed`)
    this.program = program
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
