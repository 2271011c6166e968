import type { PictureSize } from '../../media/thumbnails/thumbnailer.ts'
import type { ProgramRun } from './run-program.ts'

export interface DrawDeps extends Pick<ProgramRun, 'maxCpuMs' | 'maxOutputBytes' | 'signal'> {
  /** For files that have no name. */
  readonly folder: string
  /** Width times height of what is decoded. */
  readonly maxPixels: number
}

/** A picture, upright, and the size of what it is of. */
export interface Drawn extends PictureSize {
  readonly picture: Uint8Array
}
