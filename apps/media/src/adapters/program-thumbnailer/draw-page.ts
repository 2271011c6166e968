import { untilAborted } from '../../kernel/until-aborted.ts'
import { type Content, PictureRefused } from '../../media/thumbnails/thumbnailer.ts'
import type { DrawDeps, Drawn } from './drawn.ts'
import type { ProgramPaths } from './find-program.ts'
import { runProgram } from './run-program.ts'
import { openUnnamed } from './unnamed-file.ts'

/** A PDF is read from its end, and from anywhere. */
const maxPdfBytes = 64 * 2 ** 20

/** The first page of a PDF, as large as is wanted: it has no pixels of its own. */
export async function drawPage(
  deps: DrawDeps,
  { pdftoppm }: ProgramPaths<'pdftoppm'>,
  { size, bytes }: Content,
  pixels: number,
): Promise<Drawn> {
  if (size > maxPdfBytes) throw new PictureRefused('too_many_bytes')
  await using file = await openUnnamed(deps.folder, size, [{ from: 0, bytes: untilAborted(bytes, deps.signal) }])
  const args = ['-f', '1', '-l', '1', '-singlefile', '-cropbox', '-scale-to', String(pixels), '-png', '/dev/fd/3']
  const { output } = await runProgram({ ...deps, path: pdftoppm, args, input: file.fd })
  if (output.length === 0) throw new PictureRefused('damaged')
  return { picture: output, width: null, height: null }
}
