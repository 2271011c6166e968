import type { SniffedType } from '../media-type.ts'

/** How bytes come to be seen: a picture as it is, the first page of a PDF, a frame of a video. */
export type PictureForm = 'image' | 'pdf' | 'video'

/** Undefined where nothing is seen of them. */
export function pictureForm({ kind, mediaType }: SniffedType): PictureForm | undefined {
  if (kind === 'image' || kind === 'video') return kind
  return mediaType === 'application/pdf' ? 'pdf' : undefined
}
