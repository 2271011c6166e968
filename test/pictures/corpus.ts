import { bombs, slowBombs } from './bombs.ts'
import { cutPictures, mislabelledPictures, unsupportedPictures } from './broken-pictures.ts'
import { brokenPdfs, slowPdfs, validPdfs } from './pdfs.ts'
import type { PictureCase } from './picture-case.ts'
import { animatedPictures, turnedPictures, validPictures } from './valid-pictures.ts'
import { brokenVideos, validVideos } from './videos.ts'

/** All of them, made anew. */
export async function* corpus(): AsyncGenerator<PictureCase> {
  yield* quickCorpus()
  yield* slowBombs()
}

/** What is seen by pdftoppm and ffmpeg, which are in this folder. */
export async function* programCorpus(programs: string): AsyncGenerator<PictureCase> {
  yield* quickProgramCorpus(programs)
  yield* slowPdfs()
}

export async function* quickProgramCorpus(programs: string): AsyncGenerator<PictureCase> {
  yield* validPdfs()
  yield* brokenPdfs()
  yield* validVideos(programs)
  yield* brokenVideos(programs)
}

/** Without those that take long. */
export async function* quickCorpus(): AsyncGenerator<PictureCase> {
  yield* validPictures()
  yield* turnedPictures()
  yield* animatedPictures()
  yield* cutPictures()
  yield* mislabelledPictures()
  yield* unsupportedPictures()
  yield* bombs()
}
