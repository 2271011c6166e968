import type { Quarters } from './quarters.ts'

/** One file, and what must come of it. */
export interface PictureCase {
  readonly name: string
  /** Or how to make them, where that takes a while. */
  readonly bytes: Uint8Array | (() => Promise<Uint8Array>)
  /** Content-Type of its upload; none declares nothing. */
  readonly declared?: string
  readonly expected: Expected
}

export interface Expected {
  /** The thumbnail is right: of this size, upright, with these colours, without metadata. */
  readonly preview?: {
    readonly width: number
    readonly height: number
    readonly shows?: Quarters
    /** It is drawn as large as is wanted, and the file tells no size. */
    readonly hasNoSize?: true
  }
  /** Or it is refused for one of these reasons. */
  readonly refusals?: readonly string[]
  /** Or no thumbnail was to be had from the beginning: the code of the upload's answer or of the thumbnail's. */
  readonly code?: string
}

/** For broken bytes of which a part can be seen: either is right. */
export const broken = ['damaged', 'unsupported'] as const
