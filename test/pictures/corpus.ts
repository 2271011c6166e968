import { bombs, slowBombs } from './bombs.ts'
import { cutPictures, mislabelledPictures, unsupportedPictures } from './broken-pictures.ts'
import type { PictureCase } from './picture-case.ts'
import { animatedPictures, turnedPictures, validPictures } from './valid-pictures.ts'

/** All of them, made anew. */
export async function* corpus(): AsyncGenerator<PictureCase> {
  yield* quickCorpus()
  yield* slowBombs()
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
