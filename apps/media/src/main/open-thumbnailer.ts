import { tmpdir } from 'node:os'
import { createProgramThumbnailer, type ProgramThumbnailer } from '../adapters/program-thumbnailer/program-thumbnailer.ts'
import { createSharpThumbnailer } from '../adapters/sharp-thumbnailer/sharp-thumbnailer.ts'
import type { Config } from './config.ts'

/** Nothing is started before there is something to see. */
export function openThumbnailer({ pictures: limits, programFolders }: Config): ProgramThumbnailer & AsyncDisposable {
  const pictures = createSharpThumbnailer(limits)
  return {
    ...createProgramThumbnailer({ ...limits, pictures, programFolders, folder: tmpdir() }),
    [Symbol.asyncDispose]: () => pictures[Symbol.asyncDispose](),
  }
}
