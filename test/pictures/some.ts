import type { PictureCase } from './picture-case.ts'

/** The first, and one of so many after it. */
export async function* some(cases: AsyncIterable<PictureCase>, oneIn: number): AsyncGenerator<PictureCase> {
  let at = 0
  for await (const one of cases) if (at++ % oneIn === 0) yield one
}
