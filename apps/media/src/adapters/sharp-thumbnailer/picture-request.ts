import type { Refusal, Rendered, WantedThumbnail } from '../../media/thumbnails/thumbnailer.ts'

/** What is said to the process that renders: a picture's size, its bytes in turn, and what is wanted of it. */
export type PictureRequest =
  | { readonly is: 'begin'; readonly size: number }
  | { readonly is: 'bytes'; readonly chunk: Uint8Array }
  | { readonly is: 'render'; readonly wanted: readonly WantedThumbnail[]; readonly limits: RenderLimits }

export interface RenderLimits {
  readonly maxPixels: number
  /** Of processor time, so that a busy machine refuses no picture that an idle one takes. */
  readonly maxCpuMs: number
  readonly maxRssBytes: number
}

/** What it says, once for each `render`. After `too_much_memory` and `too_slow` it is gone. */
export type PictureAnswer =
  | { readonly is: 'rendered'; readonly rendered: Rendered; readonly rssBytes: number }
  | { readonly is: 'refused'; readonly refusal: Refusal; readonly rssBytes: number }
