import type { Content, Picture, PreviewProgram, PreviewPrograms, Rendered, Thumbnailer } from '../../media/thumbnails/thumbnailer.ts'
import { drawFrame } from './draw-frame.ts'
import { drawPage } from './draw-page.ts'
import type { DrawDeps, Drawn } from './drawn.ts'
import { findProgram } from './find-program.ts'
import { runProgram } from './run-program.ts'

export interface ProgramThumbnailerDeps extends Pick<DrawDeps, 'folder' | 'maxPixels' | 'maxCpuMs'> {
  /** Renders what the programs draw. */
  readonly pictures: Thumbnailer<Picture>
  /** Where programs are looked for. */
  readonly programFolders: readonly string[]
}

export interface ProgramThumbnailer extends Thumbnailer, PreviewPrograms {
  /** Throws ProgramMissing. */
  version(program: PreviewProgram): Promise<string>
}

const maxOutputBytes = 64 * 2 ** 20

/**
 * Renders pictures, and what pdftoppm draws of a PDF and ffmpeg of a video. What comes of either goes the way of every picture, so that sizes,
 * formats and colours are those of one renderer.
 */
export function createProgramThumbnailer({ pictures, programFolders, ...limits }: ProgramThumbnailerDeps): ProgramThumbnailer {
  let last: Promise<unknown> = Promise.resolve()

  const draw = async (content: Content, pixels: number, signal: AbortSignal): Promise<Drawn> => {
    signal.throwIfAborted()
    const deps = { ...limits, maxOutputBytes, signal }
    if (content.form === 'pdf') return drawPage(deps, await findProgram('pdftoppm', programFolders), content, pixels)
    return drawFrame(deps, await findProgram('ffmpeg', programFolders), content, pixels)
  }

  const drawInTurn = (...given: Parameters<typeof draw>): Promise<Drawn> => {
    const drawn = last.then(() => draw(...given))
    last = drawn.catch(() => undefined)
    return drawn
  }

  return {
    render: async (content, wanted, signal): Promise<Rendered> => {
      if (content.form === 'image') return pictures.render(content, wanted, signal)
      const { picture, width, height } = await drawInTurn(content, Math.max(...wanted.map(({ pixels }) => pixels)), signal)
      const rendered = await pictures.render({ size: picture.length, bytes: once(picture) }, wanted, signal)
      return { ...rendered, width, height }
    },
    isInstalled: (program) =>
      findProgram(program, programFolders).then(
        () => true,
        () => false,
      ),
    version: async (program) => {
      const { [program]: path } = await findProgram<PreviewProgram>(program, programFolders)
      const args = [program === 'ffmpeg' ? '-version' : '-v']
      const { maxCpuMs } = limits
      const { output, words } = await runProgram({ path, args, maxCpuMs, maxOutputBytes, signal: AbortSignal.timeout(30_000) })
      return /version (\S+)/.exec(output.toString() + words)?.[1] ?? 'of an unknown version'
    },
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
