import { tmpdir } from 'node:os'
import { createProgramThumbnailer, type ProgramThumbnailer } from '../adapters/program-thumbnailer/program-thumbnailer.ts'
import { createSharpThumbnailer } from '../adapters/sharp-thumbnailer/sharp-thumbnailer.ts'
import type { Metrics } from '../http/metrics.ts'
import { watchThumbnailer } from '../media/thumbnails/watched-thumbnailer.ts'
import type { Config } from './config.ts'

/** Nothing is started before there is something to see. */
export function openThumbnailer(
  { pictures: limits, programFolders }: Config,
  metrics: Pick<Metrics, 'callsOf'>,
): ProgramThumbnailer & AsyncDisposable {
  const pictures = createSharpThumbnailer(limits)
  const thumbnailer = createProgramThumbnailer({ ...limits, pictures, programFolders, folder: tmpdir() })
  return {
    ...watchThumbnailer(thumbnailer, metrics.callsOf('thumbnails')),
    [Symbol.asyncDispose]: () => pictures[Symbol.asyncDispose](),
  }
}
